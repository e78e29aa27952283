import type { AckCommand, SettleReply, TaskNote } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import { NOTHING_ELSE } from './ack.js';
import type { GroupMember } from './group-member.js';
import { idRange } from '../lua/id-range.js';
import { pairs } from '../lua/pairs.js';
import type { Writes } from '../lua/run-script.js';
import { HOLDER_OF } from '../lua/fragments/holder.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { HAS_CANCELS } from '../lua/tasks/cancels-among.js';
import { RINGS } from '../lua/tasks/rings.js';
import { script } from '../lua/script.js';

/**
 * Acks entries whose results are kept, and keeps these: what a handler with results settles, as long as its tasks go well at the first
 * attempt. Each only if this consumer still owns the entry at its first delivery. What `settle` does for the same, in half the time.
 *
 * KEYS 1 stream, 2 cancels, 3 `Keys.neverThere`. Those of the tasks are beside them, in the same slot, and are put together here: named by the worker, they
 *      would be most of what it sends, and a tenth of all that it and Redis do for such a task.
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id, 6 how channels of doorbells begin,
 *      7 what a ring says of the place, 8 and 9 how the keys of records, and of who listens, begin, 10 ttl of the records in ms,
 *      11 the ids, separated by spaces, 12 who waits for some of them: process and ids (with commas) in turn, separated by spaces,
 *      then for each of the ids: JSON of its result, or '' for none
 * Returns { lost: id and holder in turn, why something could not be kept or '' }.
 *
 * Nothing that Redis refuses to keep holds up the acks. A claim comes first: see `settle`.
 */
const ackResultsScript = script(`
local stream, cancels = KEYS[1], KEYS[2]
local group, consumer, retryConsumer, bells, place = ARGV[1], ARGV[2], ARGV[3], ARGV[6], ARGV[7]
local recordOf, earsOf, ttl = ARGV[8], ARGV[9], ARGV[10]
${SERVER_NOW}
${ID_PAGES}
${HOLDER_OF}
${HAS_CANCELS}
${RINGS}

local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end
local acks, results, lost, at = {}, {}, {}, 12
for id in string.gmatch(ARGV[11], '%S+') do
  at = at + 1
  if owned[id] == 1 then
    acks[#acks + 1] = id
    results[#acks] = ARGV[at]
  else
    lost[#lost + 1] = id
    lost[#lost + 1] = holderOf(id)
  end
end
if #acks == 0 then return { lost, '' } end
redis.call('XCLAIM', stream, group, consumer, 0, acks[1], 'RETRYCOUNT', 1, 'JUSTID')

local unkept = ''
local function isRefused(reply)
  if type(reply) ~= 'table' or not reply.err then return false end
  unkept = reply.err
  return true
end
-- Once, and not for each: what a command is given as a number Redis writes as text, which takes it as long as to look a key up.
local nowText = string.format('%.0f', now)
local function write(record, result)
  if result == '' then return redis.pcall('HSET', record, '${TASK_RECORD.state}', 'completed', '${TASK_RECORD.endedAt}', nowText) end
  return redis.pcall('HSET', record, '${TASK_RECORD.state}', 'completed', '${TASK_RECORD.endedAt}', nowText, '${TASK_RECORD.result}', result)
end
for i = 1, #acks do
  local record = recordOf .. acks[i]
  local reply = write(record, results[i])
  -- Somebody else's key in the place of ours.
  if type(reply) == 'table' and not isRefused(redis.pcall('DEL', record)) then reply = write(record, results[i]) end
  if not isRefused(reply) then isRefused(redis.pcall('PEXPIRE', record, ttl)) end
end
for page in idPages(acks) do redis.call('XACK', stream, group, unpack(page)) end
if hasCancels() then
  for page in idPages(acks) do isRefused(redis.pcall('HDEL', cancels, unpack(page))) end
end

-- Nearly always nobody listens to any of them, which one look tells.
local ears, isHeard = {}, false
for i = 1, #acks do ears[i] = earsOf .. acks[i] end
for page in idPages(ears) do
  if redis.pcall('EXISTS', unpack(page)) ~= 0 then isHeard = true end
end
if isHeard then
  for i = 1, #acks do
    if ringEars(ears[i], acks[i]) > 0 then redis.pcall('DEL', ears[i]) end
  end
end
-- What was lost has ended as well, or will: who looks for it in vain goes on to wait.
for waiter, ids in string.gmatch(ARGV[12], '(%S+) (%S+)') do ringWaiter(waiter, ids) end
ringAll()
return { lost, unkept }
`);

/** Whether these are acks as `ackResults` takes them. */
export function areResults(acks: readonly AckCommand[]): acks is readonly AckOfResult[] {
  const ttlMs = acks[0]?.note?.ttlMs;
  return ttlMs !== undefined && acks.every(({ deliveryCount, note }) => deliveryCount === 1 && isResult(note, ttlMs));
}

type AckOfResult = AckCommand & { readonly note: TaskNote };

function isResult(note: TaskNote | undefined, ttlMs: number): note is TaskNote {
  if (
    note?.state !== 'completed' ||
    note.ttlMs !== ttlMs ||
    note.outputTtlMs !== undefined ||
    note.key ||
    note.endsLife
  )
    return false;
  return note.fields.length === 0 || (note.fields.length === 2 && note.fields[0] === TASK_RECORD.result);
}

export async function ackResults(member: GroupMember, acks: readonly AckOfResult[]): Promise<SettleReply> {
  const { stream, cancels, neverThere, bells, place, tasks } = member.keys;
  let ids = '';
  const results: string[] = [];
  const waiters = new Map<string, string>();
  for (const { entryId, note } of acks) {
    ids += `${entryId} `;
    if (note.waiter) waiters.set(note.waiter, joined(waiters.get(note.waiter), entryId));
    results.push(note.fields[1] ?? '');
  }
  const owner = [member.group, member.consumer, RETRY_CONSUMER, ...idRange(acks)];
  const whoWaits = [...waiters].flat().join(' ');
  const args = [...owner, bells, place, tasks.record, tasks.ears, acks[0]!.note.ttlMs!, ids, whoWaits, ...results];
  const names = [stream, cancels, neverThere];
  const writes: Writes = { count: 0, total: 0 };
  const [lost, unkept] = await member.run<[string[], string]>(ackResultsScript, names, args, writes);
  return { ...NOTHING_ELSE, lost: pairs(lost), unkept, wasResent: writes.count > 1 };
}

function joined(ids: string | undefined, id: string): string {
  return ids === undefined ? id : `${ids},${id}`;
}
