import type { OnceNote, OnceQuestion } from '../../../model/ports/output.js';
import { RECORD_TTL_MS, TASK_RECORD } from '../../../wire/tasks/task-record.js';
import { idRange } from '../../lua/id-range.js';
import { OWNED_RUNS } from './owned-runs.js';
import { script } from '../../lua/script.js';
import type { GroupMember } from '../group-member.js';

/**
 * What is kept of something that a task does once; nothing where it has not been done.
 *
 * KEYS 1 record
 * ARGV 1 field
 */
const readOnceScript = script(`return redis.call('HGET', KEYS[1], ARGV[1])`);

/**
 * Keeps what came of it, if this consumer holds the entry at that delivery count. A record that is kept for longer already stays so.
 *
 * KEYS 1 stream, 2 record
 * ARGV 1 group, 2 consumer, 3 and 4 id, 5 delivery count, 6 field, 7 value, 8 time to live in ms
 * Returns whether it is kept, as 1 or 0.
 */
const keepOnceScript = script(`
local stream, record, group, consumer, first, last = KEYS[1], KEYS[2], unpack(ARGV, 1, 4)
${OWNED_RUNS}
-- Fails where the key holds something else, before anything is written.
redis.call('HEXISTS', record, ARGV[6])
if not holds(first, ARGV[5]) then return 0 end
redis.call('HSET', record, ARGV[6], ARGV[7])
if redis.call('PTTL', record) < tonumber(ARGV[8]) then redis.call('PEXPIRE', record, ARGV[8]) end
return 1
`);

export async function readOnce(member: GroupMember, { entryId, name }: OnceQuestion): Promise<string | undefined> {
  const { record } = member.taskKeys(entryId);
  return (await member.run<string | null>(readOnceScript, [record], [TASK_RECORD.once + name])) ?? undefined;
}

export async function keepOnce(member: GroupMember, note: OnceNote): Promise<boolean> {
  const { keys, group, consumer } = member;
  const { entryId, deliveryCount, name, value } = note;
  const args = [group, consumer, ...idRange([note]), deliveryCount, TASK_RECORD.once + name, value, RECORD_TTL_MS];
  return (await member.run<number>(keepOnceScript, [keys.stream, member.taskKeys(entryId).record], args)) === 1;
}
