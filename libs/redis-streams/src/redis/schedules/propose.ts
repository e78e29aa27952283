import type { TickOutcome, TickProposal, TickReply } from '../../model/ports/tasks/schedule-store.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { script } from '../lua/script.js';
import type { RunScript } from '../lua/run-script.js';
import { SCHEDULE_FIELDS, TICKS } from './schedule-fields.js';

/**
 * Makes one task of each tick that none was made of, and remembers the tick in the same step. What is remembered last is the only
 * truth: of all that propose a tick, whenever they do, one makes the task. One that is refused holds up no other.
 *
 * KEYS 1 stream, 2 schedules
 * ARGV for each tick: name, spec or '', tick in ms, not before in ms, '1' where it is skipped while the task of an earlier one goes on,
 *      number of fields and values, these
 * Returns { server time, for each: { what came of it, detail, last tick } }: see TickOutcome.
 */
const proposeScript = script(`
local stream, schedules = KEYS[1], KEYS[2]
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${TICKS}
local groups
local function goesOn(task)
  if task == '' or #redis.call('XRANGE', stream, task, task) == 0 then return false end
  groups = groups or groupsOf(stream)
  if not next(groups) then return true end
  for name, group in pairs(groups) do
    if isBefore(group['last-delivered-id'], task) then return true end
    if #redis.call('XPENDING', stream, name, task, task, 1) > 0 then return true end
  end
  return false
end

local function propose(name, spec, tick, due, skips, fields)
  local last, task = lastTickOf(name)
  local kept = redis.call('HGET', schedules, '${SCHEDULE_FIELDS.spec}' .. name) or ''
  if spec ~= '' and (not last or kept ~= spec) then return 'stale', '', last or 0 end
  -- One that is declared in code, and was known: whatever Redis lost since, its ticks go on.
  last = last or 0
  if last >= tick then return 'done', '', last end
  if redis.call('HEXISTS', schedules, '${SCHEDULE_FIELDS.pause}' .. name) == 1 then return 'paused', '', last end
  if now < due then return 'early', '', last end
  if skips and goesOn(task) then
    keepTick(name, tick, task)
    return 'skipped', task, tick
  end
  local added = redis.call('XADD', stream, '*', unpack(fields))
  keepTick(name, tick, added)
  return 'added', added, tick
end

local at, outcomes = 1, {}
while at <= #ARGV do
  local name, fields, last = ARGV[at], {}, at + 5 + ARGV[at + 5]
  for i = at + 6, last do fields[#fields + 1] = ARGV[i] end
  local isDone, kind, detail, tick = pcall(propose, name, ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), ARGV[at + 4] == '1', fields)
  if not isDone then
    detail, tick = type(kind) == 'table' and kind.err or tostring(kind), 0
    kind = 'failed'
  end
  outcomes[#outcomes + 1] = { kind, detail, tick }
  at = last + 1
end
return { now, outcomes }
`);

export async function propose(
  run: RunScript,
  keys: { readonly stream: string; readonly schedules: string },
  proposals: readonly TickProposal[],
): Promise<TickReply> {
  const args = proposals.flatMap(({ name, spec = '', tickAt, dueAt, skipsOverlap, fields }) => [
    ...[name, spec, tickAt, dueAt, skipsOverlap ? 1 : 0, fields.length],
    ...fields,
  ]);
  const [serverNow, raw] = await run<[number, [TickOutcome['kind'], string, number][]]>(
    proposeScript,
    [keys.stream, keys.schedules],
    args,
  );
  return { serverNow, outcomes: raw.map(([kind, detail, lastTickAt]) => ({ kind, detail, lastTickAt })) };
}
