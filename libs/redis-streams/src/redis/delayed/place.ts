import type { OwnPlace } from '../../model/ports/tasks/own-ids.js';
import type { Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { UNPACK_FIELDS } from '../lua/delayed/packed-fields.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { fieldsOf } from '../tasks/look-at.js';

const DEADLINE = RESERVED_PREFIX + RESERVED_HEADERS.deadline;

/**
 * Where a task with an own id is; while it waits for its time, remembers who wants to hear of it.
 *
 * KEYS 1 delayed, 2 its record, 3 its ears, 4 delayed tasks
 * ARGV 1 own id, 2 whom to ring and in which group, or '', 3 for so many ms
 * Returns { server time, when it is due or false, fields and values of its record in turn, its deadline as its header has it or false }.
 */
const placeScript = script(`
local delayed, record, ears, tasks = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, address, forMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${SERVER_NOW}
${LISTEN}
local due = redis.call('ZSCORE', delayed, id)
${UNPACK_FIELDS}
local function deadlineOf(packed)
  -- Few have one, and a payload may be long.
  local fields = string.find(packed, '${DEADLINE}', 1, true) and unpackFields(packed) or {}
  for i = 1, #fields, 2 do
    if fields[i] == '${DEADLINE}' then return tostring(fields[i + 1]) end
  end
  return false
end
if not due then return { now, false, redis.call('HGETALL', record), false } end
if address ~= '' then listen(ears, address, forMs) end
return { now, due, {}, deadlineOf(redis.call('HGET', tasks, id) or '') }
`);

type RawPlace = [serverNow: number, due: string | null, record: string[], deadline: string | null];

export async function place(
  client: RedisClient,
  keys: Keys,
  { stream, group, id }: TaskKey,
  ear?: Ear,
): Promise<OwnPlace> {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const names = [delayed, keys.ofOwnId(stream, id), keys.earsOfOwnId(stream, id), tasks];
  const address = ear ? `${ear.address} ${encodeURIComponent(group)}` : '';
  const args = [id, address, ear?.forMs ?? 0];
  const [serverNow, due, record, deadline] = await runScript<RawPlace>(client, placeScript, names, args);
  return {
    serverNow,
    dueAt: due === null ? undefined : Number(due),
    deadline: deadline ?? undefined,
    record: record.length === 0 ? undefined : fieldsOf(record),
  };
}
