import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { OwnAnswer } from '../../model/ports/tasks/own-ids.js';
import type { CancelCommand, CancelOutcome } from '../../model/ports/tasks/task-store.js';
import { DEFAULT_GROUP } from '../../options/tables/handler-options.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import { keyBeside } from '../../wire/stream-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { UNPACK_FIELDS } from '../lua/delayed/packed-fields.js';
import { TAKE_OUT } from '../lua/delayed/take-out.js';
import { HELD_KEYS } from '../lua/fragments/held-keys.js';
import { RINGS, WAITER_AMONG } from '../lua/tasks/rings.js';

/**
 * Cancels a task that waits for its time: it never enters its stream. Its fields are kept in its record, and another task may have its
 * idempotency key. Sent twice, it says the same, and
 * changes no more.
 *
 * KEYS 1 stream, 2 delayed, 3 delayed tasks, 4 its record
 * ARGV 1 own id, 2 reason or '', 3 the group that is meant, or '' for all, 4 what the stream's own keys begin with, 5 what channels begin with,
 *      6 the place for rings of the group in which it is waited for from its beginning
 * Returns { outcome or 'entry' or 'some groups', the entry that it is or '' }.
 */
const cancelDelayedScript = script(`
local stream, delayed, tasks, record = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local id, reason, group, beside, bells = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local place
${SERVER_NOW}
${TABLES}
${RINGS}
${WAITER_AMONG}
${HELD_KEYS}
${UNPACK_FIELDS}
${TAKE_OUT}
if not redis.call('ZSCORE', delayed, id) then
  local known = redis.call('HMGET', record, '${TASK_RECORD.entry}', '${TASK_RECORD.state}')
  if known[1] then return { 'entry', known[1] } end
  return { known[2] == 'cancelled' and 'cancelled' or known[2] and 'finished' or 'unknown', '' }
end
if group ~= '' then
  for name in pairs(groupsOf(stream)) do
    if name ~= group then return { 'some groups', '' } end
  end
end
local fields = unpackFields(redis.call('HGET', tasks, id) or '')
local key, waiter = keyOf(fields or {}, id), waiterAmong(fields or {})
if key then freeKey(beside .. ':key:' .. key, id) end
takeOut({ id })
writeRecord(id, '${TASK_RECORD.state}', 'cancelled', '${TASK_RECORD.endedAt}', now,
  '${TASK_RECORD.fields}', fields and cjson.encode(fields) or '')
if reason ~= '' then redis.pcall('HSET', record, '${TASK_RECORD.cancelReason}', reason) end
if waiter then
  place = ARGV[6]
  ringWaiter(waiter, id)
end
ringAll()
return { 'cancelled', '' }
`);

export async function cancelDelayed(
  client: RedisClient,
  keys: Keys,
  { stream, id, group = '', reason = '' }: CancelCommand,
): Promise<OwnAnswer<CancelOutcome>> {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const streamKey = keys.stream(stream);
  const [outcome, entryId] = await runScript<[CancelOutcome | 'entry' | 'some groups', string]>(
    client,
    cancelDelayedScript,
    [streamKey, delayed, tasks, keys.ofOwnId(stream, id)],
    [id, reason, group, keyBeside(streamKey), keys.bells, keys.ofGroup(stream, group || DEFAULT_GROUP).place],
  );
  if (outcome === 'entry') return { entryId };
  if (outcome !== 'some groups') return { outcome };
  throw new RedisStreamsConfigError(
    `The task ${id} is delayed, and belongs to no group yet: cancel it in all, without a group, or when it is due.`,
  );
}
