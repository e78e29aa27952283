import { text } from 'node:stream/consumers';
import { UsageError } from '../exit-code.js';

/**
 * @param given JSON, or - for standard input
 * @param fields instead of it
 * @throws UsageError for both, for none, and for what is no JSON
 */
export async function payloadFrom(
  given: string | undefined,
  fields: Readonly<Record<string, string>> | undefined,
): Promise<unknown> {
  if (given === undefined) {
    if (fields) return fields;
    throw new UsageError(
      `A task has a payload: JSON such as '{"user":"ada"}', - for standard input, or --field user=ada.`,
    );
  }
  if (fields) throw new UsageError('The payload is JSON, or made of --field, not both.');
  const json = given === '-' ? await text(process.stdin) : given;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new UsageError(`The payload is no JSON: ${(error as Error).message}. A string is written '"like this"'.`);
  }
}
