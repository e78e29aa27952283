import { EncodeError } from './errors.js';

/**
 * JSON as JSON.stringify makes it, except that what it would lose without a word is an error: NaN and infinities
 * (null in plain JSON), functions and symbols (dropped), BigInt and cycles.
 */
export function toJson(value: unknown, path: string): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value, (key, item: unknown) => {
      if (typeof item === 'number' && !Number.isFinite(item)) throw new EncodeError(`${at(path, key)} is ${item}`);
      if (typeof item === 'function' || typeof item === 'symbol' || typeof item === 'bigint') {
        throw new EncodeError(`${at(path, key)} is a ${typeof item}`);
      }
      return item;
    });
  } catch (error) {
    const what = error instanceof EncodeError ? error.message : `${path} (${(error as Error).message.split('\n')[0]})`;
    throw new EncodeError(`A payload must be JSON, but ${what}. Convert it first, or leave it out.`, { cause: error });
  }
  if (text === undefined) throw new EncodeError(`A payload must be JSON, but ${path} is undefined.`);
  return text;
}

function at(path: string, key: string): string {
  return key === '' ? path : `${path}, at key '${key}',`;
}
