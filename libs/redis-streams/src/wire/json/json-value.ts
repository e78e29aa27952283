import { EncodeError } from '../../model/errors/errors.js';
import { lossOf } from './lossy-object.js';

/**
 * JSON as JSON.stringify makes it, except that what it would lose without a word is an error: NaN, infinities and invalid
 * Dates (null in plain JSON), functions and symbols (dropped), objects whose state is not in fields ({}), BigInt and cycles.
 */
export function toJson(value: unknown, path: string): string {
  // As JSON.stringify writes them, in a tenth of the time.
  if (typeof value === 'boolean' || Number.isFinite(value)) return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value, function (this: Record<string, unknown>, key, item: unknown) {
      if (typeof item === 'object') {
        if (item === null) assertNoLostDate(this[key], path, key);
        else assertFields(item, path, key);
      } else if (typeof item === 'number') {
        if (!Number.isFinite(item)) refuse(`${at(path, key)} is ${item}`);
      } else if (typeof item === 'function' || typeof item === 'symbol' || typeof item === 'bigint') {
        refuse(`${at(path, key)} is a ${typeof item}`);
      }
      return item;
    });
  } catch (error) {
    if (error instanceof EncodeError) throw error;
    refuse(`${path} (${(error as Error).message.split('\n')[0]})`, error);
  }
  if (text === undefined) throw new EncodeError(`A payload must be JSON, but ${path} is undefined.`);
  return text;
}

/** @throws EncodeError for an object that JSON would make less than it is */
export function assertFields(value: object, path: string, key = ''): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Nearly all are one of these, and each task is looked at.
  if (prototype === Object.prototype || prototype === Array.prototype) return;
  const loss = lossOf(value);
  if (loss !== undefined) refuse(`${at(path, key)} ${loss}`);
}

/** @throws EncodeError where null is what toJSON made of an invalid Date */
export function assertNoLostDate(original: unknown, path: string, key = ''): void {
  if (original instanceof Date) refuse(`${at(path, key)} is an invalid Date`);
}

function refuse(what: string, cause?: unknown): never {
  throw new EncodeError(`A payload must be JSON, but ${what}. Convert it first, or leave it out.`, { cause });
}

function at(path: string, key: string): string {
  return key === '' ? path : `${path}, at key '${key}',`;
}
