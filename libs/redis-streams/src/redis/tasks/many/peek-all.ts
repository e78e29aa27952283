import type { Ear } from '../../../model/ports/tasks/task-store.js';
import { TASK_RECORD } from '../../../wire/tasks/task-record.js';
import type { RedisClient } from '../../connections/redis-client.js';
import type { Keys } from '../../keys.js';
import { runScript } from '../../lua/run-script.js';
import { script } from '../../lua/script.js';
import { LISTEN } from '../../lua/tasks/listen.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import type { TasksOfGroup } from './look-all.js';

/**
 * Which tasks have ended, as far as their records tell; of the others it remembers who wants to hear of them. A quarter of a look's
 * work, for those who wait for what is sure to have a record in the end.
 *
 * KEYS for each task: record, ears
 * ARGV 1 whom to ring, then for each task: for so many ms
 * Returns of each task its record's fields and values in turn; none where it has not ended.
 */
const peekAllScript = script(`
${SERVER_NOW}
${LISTEN}
local address, records = ARGV[1], {}
for i = 2, #ARGV do
  local record, ears = KEYS[2 * i - 3], KEYS[2 * i - 2]
  local fields, hasEnded = redis.call('HGETALL', record), false
  for j = 1, #fields, 2 do hasEnded = hasEnded or fields[j] == '${TASK_RECORD.state}' end
  if not hasEnded then
    listen(ears, address, tonumber(ARGV[i]))
    fields = {}
  end
  records[i - 1] = fields
end
return records
`);

/** @param ears whom to ring for each, all of one address */
export async function peekAll(
  client: RedisClient,
  keys: Keys,
  { stream, group, ids }: TasksOfGroup,
  ears: readonly Ear[],
): Promise<string[][]> {
  const names: string[] = [];
  for (const id of ids) {
    const task = keys.ofTask(stream, group, id);
    names.push(task.record, task.ears);
  }
  return await runScript(client, peekAllScript, names, [ears[0]!.address, ...ears.map(({ forMs }) => forMs)]);
}
