import type { Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { Keys } from '../keys.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { LOOK_AT } from './look-at.js';

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

export function lookKeys(keys: Keys, { stream, group, id }: TaskKey): string[] {
  const { stream: streamKey, retry } = keys.ofGroup(stream, group);
  const { record, ears } = keys.ofTask(stream, group, id);
  return [streamKey, retry, record, ears];
}

export function lookArguments({ group, id }: TaskKey, ear: Ear | undefined): (string | number)[] {
  return [group, RETRY_CONSUMER, id, ear?.address ?? '', ear?.forMs ?? 0];
}
