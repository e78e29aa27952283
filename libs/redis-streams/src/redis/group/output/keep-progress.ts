import type { OutputReply, ProgressNote } from '../../../model/ports/output.js';
import { PASSING_RECORD_TTL_MS, TASK_RECORD } from '../../../wire/tasks/task-record.js';
import { idRange } from '../../lua/id-range.js';
import { OWNED_RUNS } from './owned-runs.js';
import { RINGS } from '../../lua/tasks/rings.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';
import type { GroupMember } from '../group-member.js';

/**
 * Keeps the progress of runs in their tasks' records, each only if this consumer holds the entry at that delivery count. A record that
 * is kept for longer already stays so.
 *
 * KEYS 1 stream, then for each run: record, ears
 * ARGV 1 group, 2 consumer, 3 first id, 4 last id, 5 how channels begin, 6 place, 7 time to live in ms,
 *      then for each run: id, delivery count, value
 * Returns { ids that may write no more, ids that somebody watches }. A key that holds something else counts as the former.
 */
const keepProgressScript = script(`
local stream, group, consumer, first, last, bells, place = KEYS[1], unpack(ARGV, 1, 6)
local ttl = ARGV[7]
${SERVER_NOW}
${OWNED_RUNS}
${RINGS}
local lost, watched = {}, {}
for n = 1, (#KEYS - 1) / 2 do
  local record, ears = KEYS[2 * n], KEYS[2 * n + 1]
  local id, count, value = ARGV[3 * n + 5], ARGV[3 * n + 6], ARGV[3 * n + 7]
  local kind = redis.call('TYPE', record).ok
  if (kind == 'hash' or kind == 'none') and holds(id, count) then
    redis.call('HSET', record, '${TASK_RECORD.progress}', value)
    if redis.call('PTTL', record) < tonumber(ttl) then redis.call('PEXPIRE', record, ttl) end
    if ringEars(ears, id) > 0 then watched[#watched + 1] = id end
  else
    lost[#lost + 1] = id
  end
end
ringAll()
return { lost, watched }
`);

export async function keepProgress(member: GroupMember, notes: readonly ProgressNote[]): Promise<OutputReply> {
  const { keys, group, consumer } = member;
  const names = [keys.stream];
  const args: (string | number)[] = [group, consumer, ...idRange(notes), keys.bells, keys.place, PASSING_RECORD_TTL_MS];
  for (const { entryId, deliveryCount, value } of notes) {
    const { record, ears } = member.taskKeys(entryId);
    names.push(record, ears);
    args.push(entryId, deliveryCount, value);
  }
  const [lost, watched] = await member.run<[string[], string[]]>(keepProgressScript, names, args);
  return { lost: new Set(lost), watched: new Set(watched) };
}
