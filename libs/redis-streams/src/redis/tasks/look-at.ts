import type { TaskLook } from '../../model/ports/tasks/task-store.js';
import { RESERVED_PREFIX } from '../../wire/header-contract.js';
import { readLife } from '../../wire/tasks/life.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import { ENTRY_IDS } from '../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { IS_THERE } from '../lua/fragments/is-there.js';
import { LIVES_AMONG } from '../lua/tasks/lives-among.js';

/**
 * `lookAt(id, record)`: all that there is of a task in a group, as `RawLook`, and whether it has not ended as far as a script can tell.
 * `common` begins every reply. Nothing is written.
 *
 * Needs `stream`, `retry`, `lives`, `group`, `retryConsumer` and `pause`, which may be false: then it is not asked whether the group is paused. Gives `SERVER_NOW`, `ENTRY_IDS` and `TABLES`, too.
 */
export const LOOK_AT = `
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${IS_THERE}
${LIVES_AMONG}
local groups, names = groupsOf(stream), {}
for name in pairs(groups) do names[#names + 1] = name end
table.sort(names)
local lastDelivered = groups[group] and groups[group]['last-delivered-id']
-- Until when the group is paused, where that is asked: '' until it is resumed.
local pausedUntil = false
if pause then
  local found = redis.pcall('HMGET', pause, 'at', 'until')
  local ends = tonumber(found[2] or '')
  if found[1] and not (ends and ends <= now) then pausedUntil = found[2] or '' end
end
local common = { now, names, lastDelivered or false, pausedUntil }

-- What a payload of megabytes makes slow is asked for once, and only where an entry is missing.
local first, last
local function bounds()
  if first == nil then
    local info = redis.pcall('XINFO', 'STREAM', stream)
    info = info.err and {} or toFields(info)
    first, last = info['first-entry'] and info['first-entry'][1] or false, info['last-generated-id'] or false
  end
  return first, last
end

local function lookAt(id, record)
  local fields = redis.call('HGETALL', record)
  local row = lastDelivered and redis.call('XPENDING', stream, group, id, id, 1)[1]
  local retryAt = row and row[2] == retryConsumer and redis.call('ZSCORE', retry, id)
  local entry, reserved = redis.call('XRANGE', stream, id, id)[1], false
  local from, to = false, false
  if entry then
    reserved = {}
    for i = 1, #entry[2], 2 do
      local name = string.match(entry[2][i], '^${RESERVED_PREFIX.replace('.', '%.')}(.*)$')
      if name then
        reserved[#reserved + 1] = name
        reserved[#reserved + 1] = entry[2][i + 1]
      end
    end
  else
    from, to = bounds()
  end
  local waits = entry and (lastDelivered and isBefore(lastDelivered, id) or #names == 0)
  local isOpen = (row or waits) and not toFields(fields)['${TASK_RECORD.state}']
  return { fields, row or false, retryAt or false, reserved, from, to, row and lifeOf(id) or false }, isOpen
end
`;

export type RawCommon = [serverNow: number, groups: string[], lastDelivered: string | null, pausedUntil: string | null];
export type RawLook = [
  record: string[],
  pending: [id: string, consumer: string, idleMs: number, deliveryCount: number] | null,
  retryAt: string | null,
  reserved: string[] | null,
  first: string | null,
  last: string | null,
  life: string | null,
];

export function asLook([serverNow, groups, lastDelivered, pausedUntil]: RawCommon, raw: RawLook): TaskLook {
  const [record, row, retryAt, reserved, first, last, life] = raw;
  return {
    serverNow,
    groups,
    lastDelivered: lastDelivered ?? undefined,
    record: record.length === 0 ? undefined : fieldsOf(record),
    pending: row ? { consumer: row[1], idleMs: row[2], deliveryCount: row[3] } : undefined,
    retryAt: retryAt === null ? undefined : Number(retryAt),
    reserved: reserved ? fieldsOf(reserved) : undefined,
    first: first ?? undefined,
    last: last ?? undefined,
    ...(life && { life: readLife(life) }),
    ...(pausedUntil !== null && { pausedUntil: Number(pausedUntil) || Infinity }),
  };
}

/** Own properties, whatever they are called. */
export function fieldsOf(flat: readonly string[]): Record<string, string> {
  const entries: [string, string][] = [];
  for (let i = 0; i < flat.length; i += 2) entries.push([flat[i]!, flat[i + 1]!]);
  return Object.fromEntries(entries);
}
