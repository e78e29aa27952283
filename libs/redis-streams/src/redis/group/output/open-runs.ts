import type { OpenRunCommand } from '../../../model/ports/output.js';
import { OUTPUT_KINDS } from '../../../wire/tasks/output.js';
import { idRange } from '../../lua/id-range.js';
import { pairs } from '../../lua/pairs.js';
import { OWNED_RUNS } from './owned-runs.js';
import { RINGS } from '../../lua/tasks/rings.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';
import type { GroupMember } from '../group-member.js';

/**
 * Begins the output of runs. A run's number is the server's time, or one more than that of the run before: whatever it writes comes
 * after all of that, and what an older run still sends is refused. The beginning says who runs, so that a command which is sent twice,
 * or a run after one of the same consumer that wrote nothing, begins once.
 *
 * KEYS 1 stream, then for each run: output, ears
 * ARGV 1 group, 2 consumer, 3 first id, 4 last id, 5 how channels begin, 6 place, then for each run: id, delivery count, time to live
 * Returns id and run in turn, without what this consumer does not hold so. A key that holds something else counts as not held.
 */
const openRunsScript = script(`
local stream, group, consumer, first, last, bells, place = KEYS[1], unpack(ARGV, 1, 6)
${SERVER_NOW}
${OWNED_RUNS}
${RINGS}
local opened = {}
for n = 1, (#KEYS - 1) / 2 do
  local output, ears = KEYS[2 * n], KEYS[2 * n + 1]
  local id, count, ttl = ARGV[3 * n + 4], ARGV[3 * n + 5], ARGV[3 * n + 6]
  local top = redis.pcall('XREVRANGE', output, '+', '-', 'COUNT', 1)
  if not top.err and holds(id, count) then
    local begin = count .. ' ' .. consumer
    local run, at = now, nil
    if top[1] then
      at = top[1][1]
      local before = string.match(at, '^%d+')
      if string.sub(at, -2) == '-0' and top[1][2][2] == begin then run = tonumber(before)
      elseif tonumber(before) >= now then run = tonumber(before) + 1 end
    end
    run = string.format('%.0f', run)
    if at ~= run .. '-0' then
      redis.call('XADD', output, run .. '-0', '${OUTPUT_KINDS.begin}', begin)
      ringEars(ears, id)
    end
    redis.call('PEXPIRE', output, ttl)
    opened[#opened + 1] = id
    opened[#opened + 1] = run
  end
end
ringAll()
return opened
`);

export async function openRuns(
  member: GroupMember,
  commands: readonly OpenRunCommand[],
): Promise<ReadonlyMap<string, string>> {
  const { keys, group, consumer } = member;
  const names = [keys.stream];
  const args: (string | number)[] = [group, consumer, ...idRange(commands), keys.bells, keys.place];
  for (const { entryId, deliveryCount, ttlMs } of commands) {
    const { output, ears } = member.taskKeys(entryId);
    names.push(output, ears);
    args.push(entryId, deliveryCount, ttlMs);
  }
  return pairs(await member.run<string[]>(openRunsScript, names, args));
}
