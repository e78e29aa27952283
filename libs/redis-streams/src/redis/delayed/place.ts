import type { OwnPlace } from '../../model/ports/tasks/own-ids.js';
import type { Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { fieldsOf } from '../tasks/look-at.js';

/**
 * Where a task with an own id is; while it waits for its time, remembers who wants to hear of it.
 *
 * KEYS 1 delayed, 2 its record, 3 its ears
 * ARGV 1 own id, 2 whom to ring and in which group, or '', 3 for so many ms
 * Returns { server time, when it is due or false, fields and values of its record in turn }.
 */
const placeScript = script(`
local delayed, record, ears = KEYS[1], KEYS[2], KEYS[3]
local id, address, forMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${SERVER_NOW}
${LISTEN}
local due = redis.call('ZSCORE', delayed, id)
if not due then return { now, false, redis.call('HGETALL', record) } end
if address ~= '' then listen(ears, address, forMs) end
return { now, due, {} }
`);

export async function place(
  client: RedisClient,
  keys: Keys,
  { stream, group, id }: TaskKey,
  ear?: Ear,
): Promise<OwnPlace> {
  const names = [keys.ofDelayed(stream).delayed, keys.ofOwnId(stream, id), keys.earsOfOwnId(stream, id)];
  const address = ear ? `${ear.address} ${encodeURIComponent(group)}` : '';
  const [serverNow, due, record] = await runScript<[number, string | null, string[]]>(client, placeScript, names, [
    id,
    address,
    ear?.forMs ?? 0,
  ]);
  return {
    serverNow,
    dueAt: due === null ? undefined : Number(due),
    record: record.length === 0 ? undefined : fieldsOf(record),
  };
}
