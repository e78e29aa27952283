import type { Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';

/**
 * Whether a task has ended, as far as its record tells; else remembers who wants to hear of it. A quarter of a look's work, for those
 * who wait for what is sure to have a record in the end.
 *
 * KEYS 1 record, 2 ears
 * ARGV 1 whom to ring, 2 for so many ms
 * Returns the record's fields and values in turn; none where it has not ended.
 */
const peekScript = script(`
local record, ears, address, forMs = KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])
${SERVER_NOW}
if redis.call('HEXISTS', record, '${TASK_RECORD.state}') == 1 then return redis.call('HGETALL', record) end
${LISTEN}
listen(ears, address, forMs)
return {}
`);

export async function peek(
  client: RedisClient,
  keys: Keys,
  { stream, group, id }: TaskKey,
  ear: Ear,
): Promise<string[]> {
  const { record, ears } = keys.ofTask(stream, group, id);
  return await runScript(client, peekScript, [record, ears], [ear.address, ear.forMs]);
}
