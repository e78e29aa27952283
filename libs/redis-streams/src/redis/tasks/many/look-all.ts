import type { Ear, TaskLook } from '../../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';
import type { RedisClient } from '../../connections/redis-client.js';
import type { Keys } from '../../keys.js';
import { runScript } from '../../lua/run-script.js';
import { script } from '../../lua/script.js';
import { LISTEN } from '../../lua/tasks/listen.js';
import { asLook, LOOK_AT, type RawCommon, type RawLook } from '../look-at.js';

/**
 * Looks at tasks, and remembers who wants to hear of those that have not ended.
 *
 * KEYS 1 stream, 2 retry, 3 lives, 4 pause, then for each task: record, ears
 * ARGV 1 group, 2 consumer of scheduled retries, 3 whom to ring, or '', then for each task: id, for so many ms
 * Returns { what is common to all, `RawLook` of each }.
 */
const lookAllScript = script(`
local stream, retry, lives, pause = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, retryConsumer, address = ARGV[1], ARGV[2], ARGV[3]
${LOOK_AT}
${LISTEN}
local looks = {}
for i = 4, #ARGV, 2 do
  local record, ears, id = KEYS[i + 1], KEYS[i + 2], ARGV[i]
  local look, isOpen = lookAt(id, record)
  if isOpen and address ~= '' then listen(ears, address, tonumber(ARGV[i + 1])) end
  looks[#looks + 1] = look
end
return { common, looks }
`);

/** Tasks of one group that are asked about together. */
export interface TasksOfGroup {
  readonly stream: string;
  readonly group: string;
  readonly ids: readonly string[];
}

/** @param ears whom to ring for each, all of one address; empty: nobody */
export async function lookAll(
  client: RedisClient,
  keys: Keys,
  { stream, group, ids }: TasksOfGroup,
  ears: readonly Ear[] = [],
): Promise<TaskLook[]> {
  const { stream: streamKey, retry, lives, pause } = keys.ofGroup(stream, group);
  const names = [streamKey, retry, lives, pause];
  const args: (string | number)[] = [group, RETRY_CONSUMER, ears[0]?.address ?? ''];
  ids.forEach((id, n) => {
    const task = keys.ofTask(stream, group, id);
    names.push(task.record, task.ears);
    args.push(id, ears[n]?.forMs ?? 0);
  });
  const [common, looks] = await runScript<[RawCommon, RawLook[]]>(client, lookAllScript, names, args);
  return looks.map((raw) => asLook(common, raw));
}
