import type { Ear, TaskKey, TaskLook } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { asLook, LOOK_AT, type RawCommon, type RawLook } from './look-at.js';

/**
 * How `look` and `output` begin: looks at one task and, where it has not ended, remembers who wants to hear of it.
 */
export const LOOK = `
local stream, retry, record, ears = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local group, retryConsumer, id, address, forMs = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
${LOOK_AT}
${LISTEN}
local look, isOpen = lookAt(id, record)
if isOpen and address ~= '' then listen(ears, address, forMs) end
`;

/**
 * KEYS 1 stream, 2 retry, 3 record, 4 ears
 * ARGV 1 group, 2 consumer of scheduled retries, 3 id, 4 whom to ring, or '', 5 for so many ms
 * Returns { what is common to all tasks of the group, `RawLook` }.
 */
const lookScript = script(`${LOOK} return { common, look }`);

export async function look(client: RedisClient, keys: Keys, task: TaskKey, ear?: Ear): Promise<TaskLook> {
  const [common, raw] = await runScript<[RawCommon, RawLook]>(
    client,
    lookScript,
    lookKeys(keys, task),
    lookArguments(task, ear),
  );
  return asLook(common, raw);
}

export function lookKeys(keys: Keys, { stream, group, id }: TaskKey): string[] {
  const { stream: streamKey, retry } = keys.ofGroup(stream, group);
  const { record, ears } = keys.ofTask(stream, group, id);
  return [streamKey, retry, record, ears];
}

export function lookArguments({ group, id }: TaskKey, ear: Ear | undefined): (string | number)[] {
  return [group, RETRY_CONSUMER, id, ear?.address ?? '', ear?.forMs ?? 0];
}
