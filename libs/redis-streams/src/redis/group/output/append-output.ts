import type { OutputFlush, OutputReply } from '../../../model/ports/output.js';
import { OUTPUT_KINDS } from '../../../wire/tasks/output.js';
import { idRange } from '../../lua/id-range.js';
import { OWNED_RUNS } from './owned-runs.js';
import { RINGS } from '../../lua/tasks/rings.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';
import type { GroupMember } from '../group-member.js';

/**
 * Appends what runs have written, each only if this consumer holds the entry at that delivery count and no newer run has begun. Ids
 * are `<run>-<n>`: what an earlier, unanswered flush has appended is passed over. What was appended and is not there any more, as
 * after a failover, is told as a gap, and a run whose beginning is gone begins anew.
 *
 * KEYS 1 stream, then for each run: output, ears
 * ARGV 1 group, 2 consumer, 3 first id, 4 last id, 5 how channels begin, 6 place, 7 time to live in ms,
 *      then for each run: id, delivery count, run, n of the first entry, number of values, kinds and values in turn
 * Returns { ids that may write no more, ids that somebody watches }. A key that holds something else counts as the former.
 */
const appendOutputScript = script(`
local stream, group, consumer, first, last, bells, place = KEYS[1], unpack(ARGV, 1, 6)
local ttl, at = ARGV[7], 8
${SERVER_NOW}
${OWNED_RUNS}
${RINGS}
local lost, watched = {}, {}
for n = 1, (#KEYS - 1) / 2 do
  local output, ears = KEYS[2 * n], KEYS[2 * n + 1]
  local id, count, run, from, size = unpack(ARGV, at, at + 4)
  local top = redis.pcall('XREVRANGE', output, '+', '-', 'COUNT', 1)
  local topRun, done = '0', '0'
  if top[1] then topRun, done = string.match(top[1][1], '^(%d+)-(%d+)$') end
  if not top.err and tonumber(topRun) <= tonumber(run) and holds(id, count) then
    if topRun ~= run then
      redis.call('XADD', output, run .. '-0', '${OUTPUT_KINDS.begin}', '')
      done = '0'
    end
    done = tonumber(done)
    if from - 1 > done then redis.call('XADD', output, string.format('%s-%.0f', run, from - 1), '${OUTPUT_KINDS.gap}', '') end
    for i = 0, size / 2 - 1 do
      if from + i > done then
        local value = at + 5 + 2 * i
        redis.call('XADD', output, string.format('%s-%.0f', run, from + i), ARGV[value], ARGV[value + 1])
      end
    end
    redis.call('PEXPIRE', output, ttl)
    if ringEars(ears, id) > 0 then watched[#watched + 1] = id end
  else
    lost[#lost + 1] = id
  end
  at = at + 5 + size
end
ringAll()
return { lost, watched }
`);

export async function appendOutput(
  member: GroupMember,
  flushes: readonly OutputFlush[],
  ttlMs: number,
): Promise<OutputReply> {
  const { keys, group, consumer } = member;
  const names = [keys.stream];
  const args: (string | number)[] = [group, consumer, ...idRange(flushes), keys.bells, keys.place, ttlMs];
  for (const { entryId, deliveryCount, run, from, entries } of flushes) {
    const { output, ears } = member.taskKeys(entryId);
    names.push(output, ears);
    args.push(entryId, deliveryCount, run, from, entries.length);
    for (const value of entries) args.push(value);
  }
  const [lost, watched] = await member.run<[string[], string[]]>(appendOutputScript, names, args);
  return { lost: new Set(lost), watched: new Set(watched) };
}
