import type { TaskLook } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { asLook, LOOK_AT, type RawCommon, type RawLook } from './look-at.js';

/**
 * KEYS 1 stream, 2 retry, then the record of each task
 * ARGV 1 group, 2 consumer of scheduled retries, then the ids
 * Returns { what is common to all, `RawLook` of each }.
 */
const lookAllScript = script(`
local stream, retry, group, retryConsumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
${LOOK_AT}
local looks = {}
for i = 3, #ARGV do looks[#looks + 1] = lookAt(ARGV[i], KEYS[i]) end
return { common, looks }
`);

/** The tasks of one group that are looked at together. */
export interface TasksOfGroup {
  readonly stream: string;
  readonly group: string;
  readonly ids: readonly string[];
}

export async function lookAll(client: RedisClient, keys: Keys, tasks: TasksOfGroup): Promise<TaskLook[]> {
  const { stream, group, ids } = tasks;
  const { stream: streamKey, retry } = keys.ofGroup(stream, group);
  const records = ids.map((id) => keys.ofTask(stream, group, id).record);
  const [common, looks] = await runScript<[RawCommon, RawLook[]]>(
    client,
    lookAllScript,
    [streamKey, retry, ...records],
    [group, RETRY_CONSUMER, ...ids],
  );
  return looks.map((raw) => asLook(common, raw));
}
