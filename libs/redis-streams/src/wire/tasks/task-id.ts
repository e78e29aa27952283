import { RedisStreamsConfigError } from '../../model/errors/errors.js';

/** As Redis writes it: two ids of one entry would be two records. */
const TASK_ID = /^(0|[1-9]\d{0,19})-(0|[1-9]\d{0,19})$/;
const GREATEST_PART = '18446744073709551615';

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what `add` cannot have returned
 */
export function assertTaskId(id: unknown, where: string): asserts id is string {
  const parts = typeof id === 'string' ? TASK_ID.exec(id)?.slice(1) : undefined;
  if (parts?.every((part) => part.length < GREATEST_PART.length || part <= GREATEST_PART)) return;
  const got = typeof id === 'string' ? JSON.stringify(id.slice(0, 100)) : String(id);
  throw new RedisStreamsConfigError(`${where}: a task id is what add returned, such as '1699980000000-0', got ${got}.`);
}
