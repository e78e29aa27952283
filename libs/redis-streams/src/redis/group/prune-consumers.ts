import { LEASE_IN_CONSUMER_NAME } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { script } from '../lua/script.js';

/**
 * Removes dead consumers of this library that own nothing: silent for ten of their own leases and for the given time.
 * One with pending entries is never removed, as XGROUP DELCONSUMER would drop these for ever; a foreign one is not ours.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer that asks, 3 shortest silence in ms
 * Returns the names of the removed ones.
 */
const pruneConsumersScript = script(`
local stream, group, me, silence = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3])
local removed = {}
local consumers = redis.call('XINFO', 'CONSUMERS', stream, group)
for i = 1, #consumers do
  local fields = {}
  for j = 1, #consumers[i], 2 do fields[consumers[i][j]] = consumers[i][j + 1] end
  local name = fields['name']
  local lease = tonumber(string.match(name, '${LEASE_IN_CONSUMER_NAME}') or '')
  if lease and name ~= me and fields['pending'] == 0 and fields['idle'] >= math.max(10 * lease, silence) then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, name)
    removed[#removed + 1] = name
  end
end
return removed
`);

/** @returns the names of the removed ones */
export function pruneConsumers({ keys, group, consumer, run }: GroupMember, silenceMs: number): Promise<string[]> {
  return run(pruneConsumersScript, [keys.stream], [group, consumer, silenceMs]);
}
