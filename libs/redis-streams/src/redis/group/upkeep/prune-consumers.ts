import { REMOVED_AFTER } from '../../../model/policy/lease-rule.js';
import type { GroupMember } from '../group-member.js';
import { CONSUMER_LEASE } from '../../lua/workers/consumer-lease.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { script } from '../../lua/script.js';

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
${TABLES}
${CONSUMER_LEASE}
local removed = {}
for _, consumer in ipairs(consumersOf(stream, group)) do
  local name, lease = consumer['name'], leaseOf(consumer['name'])
  local isDead = lease and consumer['idle'] >= math.max(${REMOVED_AFTER} * lease, silence)
  if isDead and name ~= me and consumer['pending'] == 0 then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, name)
    table.insert(removed, name)
  end
end
return removed
`);

/** @returns the names of the removed ones */
export function pruneConsumers({ keys, group, consumer, run }: GroupMember, silenceMs: number): Promise<string[]> {
  return run(pruneConsumersScript, [keys.stream], [group, consumer, silenceMs]);
}
