import type { GroupKey, GroupLook, NoSuchGroup } from '../../model/ports/admin/groups.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { CONSUMER_LEASE } from '../lua/workers/consumer-lease.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { asPause, HEARD_BY, PAUSE_OF, type RawPause } from '../lua/pause-of.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { GROUP_NAMES } from './group-names.js';
import { PRESENT_WORKERS } from '../lua/workers/present-workers.js';

/** No worker of ours has as many slots; others may leave more behind. */
const MOST_OF_ONE = 1_000;

/**
 * Who is in a group, what each has pending, and whether the group is paused.
 *
 * KEYS 1 stream, 2 pause, 3 workers that say that they are there
 * ARGV 1 group, 2 consumer of scheduled retries
 * Returns { names of the stream's groups }, and where the group is there: `RawPause` or false, number of scheduled retries,
 *         { consumer, number of pending entries, idle time or false where it was never given one, lease or false,
 *           slots where it says that it is there, else false, 1 when it has heard of the pause, else 0, its oldest entries: { id, consumer, idle time, delivery count }... }... }.
 */
const lookAtGroupScript = script(`
local stream, pause, present, group, retryConsumer = KEYS[1], KEYS[2], KEYS[3], ARGV[1], ARGV[2]
${SERVER_NOW}
${TABLES}
${CONSUMER_LEASE}
${PAUSE_OF}
${GROUP_NAMES}
${PRESENT_WORKERS}
local groups = groupsOf(stream)
if not groups[group] then return { namesOf(groups) } end
local paused, scheduled, workers = pauseOf(pause), 0, {}
local function add(name, pending, idle, slots, rows)
  local heard = paused and redis.call('HEXISTS', pause, '${HEARD_BY}' .. name) or 0
  workers[#workers + 1] = { name, pending, idle, leaseOf(name) or false, slots or false, heard, rows }
end
local slotsOf = presentIn(present)
for _, consumer in ipairs(consumersOf(stream, group)) do
  local name, pending = consumer['name'], consumer['pending']
  if name == retryConsumer then
    scheduled = pending
  else
    local rows = pending > 0 and redis.call('XPENDING', stream, group, '-', '+', ${MOST_OF_ONE}, name) or {}
    add(name, pending, consumer['idle'], slotsOf[name], rows)
    slotsOf[name] = nil
  end
end
for name, slots in pairs(slotsOf) do add(name, 0, false, slots, {}) end
return { namesOf(groups), paused, scheduled, workers }
`);

type RawRow = [id: string, consumer: string, idleMs: number, deliveryCount: number];
type RawWorker = [
  ...[
    consumer: string,
    pending: number,
    idleMs: number | null,
    leaseMs: number | null,
    slots: number | null,
    heard: number,
  ],
  rows: RawRow[],
];
type RawReply = [groups: string[]] | [groups: string[], pause: RawPause, scheduled: number, workers: RawWorker[]];

export async function lookAtGroup(
  client: RedisClient,
  keys: Keys,
  { stream, group }: GroupKey,
): Promise<GroupLook | NoSuchGroup> {
  const { stream: streamKey, pause, workers: present } = keys.ofGroup(stream, group);
  const args = [group, RETRY_CONSUMER];
  const reply = await runScript<RawReply>(client, lookAtGroupScript, [streamKey, pause, present], args);
  if (reply.length === 1) return { groups: reply[0] };
  const [, raw, retryScheduled, workers] = reply;
  return {
    pause: asPause(raw),
    retryScheduled,
    workers: workers.map(([consumer, pending, idleMs, leaseMs, slots, heard, rows]) => ({
      ...{ consumer, pending, idleMs: idleMs ?? undefined, leaseMs: leaseMs ?? undefined },
      ...{ slots: slots ?? undefined, hasHeard: heard === 1 },
      entries: rows.map(([id, , idle, deliveryCount]) => ({ id, deliveryCount, idleMs: idle })),
    })),
  };
}
