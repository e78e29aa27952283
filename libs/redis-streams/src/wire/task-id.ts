import { RedisStreamsConfigError } from '../model/errors/errors.js';

/** As Redis writes it: two ids of one entry would be two records. */
const TASK_ID = /^(?:0|[1-9]\d{0,19})-(?:0|[1-9]\d{0,19})$/;

/**
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError for what `add` cannot have returned
 */
export function assertTaskId(id: unknown, where: string): asserts id is string {
  if (typeof id === 'string' && TASK_ID.test(id)) return;
  const got = typeof id === 'string' ? JSON.stringify(id.slice(0, 100)) : String(id);
  throw new RedisStreamsConfigError(`${where}: a task id is what add returned, such as '1699980000000-0', got ${got}.`);
}
