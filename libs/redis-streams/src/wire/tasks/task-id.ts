import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { isOwnId } from './own-id.js';

/** As Redis writes it: two ids of one entry would be two records. */
const ENTRY_ID = /^(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})$/;
const GREATEST_PART = '18446744073709551615';

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what `add` cannot have returned
 */
export function assertTaskId(id: unknown, where: string): asserts id is string {
  if (typeof id === 'string' && (isEntry(id) || isOwnId(id))) return;
  throw new RedisStreamsConfigError(`${noId(id, where)} That of a delayed task is 't_' and 16 characters.`);
}

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what is no place in a stream, as a delayed task's own id is none
 */
export function assertEntryId(id: unknown, where: string): asserts id is string {
  if (typeof id === 'string' && isEntry(id)) return;
  throw new RedisStreamsConfigError(`${noId(id, where)} That of a delayed task is no place in a list.`);
}

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what is no id of a dead letter: a task has another one
 */
export function assertLetterId(id: unknown, where: string): asserts id is string {
  if (typeof id === 'string' && isEntry(id)) return;
  throw new RedisStreamsConfigError(
    `${where}: a dead letter has an id such as '1699980000000-0', as DeadLetters.list tells it, got ${shown(id)}. That of its task is another.`,
  );
}

function isEntry(id: string): boolean {
  const parts = ENTRY_ID.exec(id)?.slice(1);
  return parts?.every((part) => part.length < GREATEST_PART.length || part <= GREATEST_PART) ?? false;
}

function noId(id: unknown, where: string): string {
  return `${where}: a task id is what add returned, such as '1699980000000-0', got ${shown(id)}.`;
}

function shown(id: unknown): string {
  return typeof id === 'string' ? JSON.stringify(id.slice(0, 100)) : String(id);
}
