/** Of more pending entries a mark does not keep who owns them. */
export const MOST_IN_SNAPSHOT = 1_000;

/**
 * The mark of a group: what is left of it when Redis forgets it (XGROUP DESTROY, a deleted stream), in the hash
 * `{stream}:marks` under the group's name. The one place that knows its format:
 *
 *     <at> <last> <finished> <time> <checkpoints> life=<life>:<restores> again=<from>,<to>,<passed> reports=… watch=…
 *     <consumer> <id>:<delivery count>,…          one line per consumer: a snapshot of what was pending
 *
 * at           id up to and with which all is finished
 * last         last delivered id
 * finished     entries finished so far
 * time         server time in ms when it was written
 * checkpoints  `<finished>:<at>:<taken>,…`: where the mark was. Redis cannot tell an entry's position before 7.0; when so many
 *              more entries have been finished as are to be kept, all before a checkpoint may go. "Finished" is what was counted
 *              when it was taken, and what was reported since then and may lie before it; "taken" is the former alone
 * life         a name for the group since it was created, or moved back by others than us. Our own restores go on with it
 *              and are counted. Without a life nothing is known about what was done before
 * again        after a restore: the ids that come again because of it, from (exclusive) to (inclusive), and the server time
 *              when the group had delivered them all, or 0
 * reports      `<reporter>:<entries it has finished>,…`, the latest first: a report that is sent twice counts once
 * watch        `<group>:<state>:<ms>:<its mark's time>,…`: for how long this group's workers have seen another group missing
 *              (`m`) or silent (`s`). Counted in bounded steps, so that a clock that jumps is no long silence
 *
 * The snapshot is a single newline where more is pending than it may hold; it is missing where nothing is pending. Names in
 * it are percent-encoded as far as spaces and control characters go.
 *
 * Workers of earlier versions read and write `<at> <last> <finished> <time> <checkpoints>` and a snapshot without encoding.
 * They skip the words that they do not know and write marks without them: then a new life begins, and nothing is skipped.
 *
 * Gives `newMark(now)`, `readMark(text)` (nil where that is no mark), `writeMark(mark)`, `snapshotOf(stream, group, pending)` and
 * `ownersIn(mark)`.
 */
export const GROUP_MARK = `
local function encode(name, special)
  if name == '' then return '%' end
  return (string.gsub(name, special, function(byte) return string.format('%%%02X', string.byte(byte)) end))
end
local function decode(name)
  if name == '%' then return '' end
  return (string.gsub(name, '%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function newMark(now)
  return { finished = 0, time = now, snapshot = '', restores = 0, checkpoints = {}, reports = {}, watch = {} }
end

local function readMark(text)
  if not text then return nil end
  local line, snapshot = string.match(text, '^([^\\n]*)(.*)$')
  local at, last, finished, written, rest = string.match(line, '^(%d+-%d+) (%d+-%d+) (%d+) (%d+) ?(.*)$')
  if not at then return nil end
  local mark = { at = at, last = last, finished = tonumber(finished), time = tonumber(written), snapshot = snapshot }
  mark.checkpoints, mark.reports, mark.watch = {}, {}, {}
  for count, id, taken in string.gmatch(string.match(rest, '^%S*'), '(%d+):(%d+-%d+):?(%d*)') do
    local checkpoint = { finished = tonumber(count), at = id, taken = tonumber(taken) or tonumber(count) }
    table.insert(mark.checkpoints, checkpoint)
  end
  local life, restores = string.match(rest, ' life=(%S+):(%d+)')
  mark.life, mark.restores = life, tonumber(restores) or 0
  local from, to, passed = string.match(rest, ' again=(%d+-%d+),(%d+-%d+),(%d+)')
  if from then mark.again = { from = from, to = to, passed = tonumber(passed) } end
  for reporter, count in string.gmatch(string.match(rest, ' reports=(%S+)') or '', '([^:,]+):(%d+)') do
    table.insert(mark.reports, { reporter = reporter, finished = tonumber(count) })
  end
  local watch = string.match(rest, ' watch=(%S+)') or ''
  for name, state, ms, seen in string.gmatch(watch, '([^:,]+):(%a):(%d+):(%d+)') do
    mark.watch[decode(name)] = { state = state, ms = tonumber(ms), time = tonumber(seen) }
  end
  return mark
end

local function writeMark(mark)
  local checkpoints, reports, watch = {}, {}, {}
  for i, checkpoint in ipairs(mark.checkpoints) do
    checkpoints[i] = string.format('%.0f:%s:%.0f', checkpoint.finished, checkpoint.at, checkpoint.taken)
  end
  for i, report in ipairs(mark.reports) do reports[i] = string.format('%s:%.0f', report.reporter, report.finished) end
  for name, seen in pairs(mark.watch) do
    table.insert(watch, encode(name, '[%%%s%c:,]') .. string.format(':%s:%.0f:%.0f', seen.state, seen.ms, seen.time))
  end
  local text = mark.at .. ' ' .. mark.last .. string.format(' %.0f %.0f ', mark.finished, mark.time)
    .. table.concat(checkpoints, ',') .. ' life=' .. mark.life .. ':' .. mark.restores
  if mark.again then
    text = text .. ' again=' .. mark.again.from .. ',' .. mark.again.to .. string.format(',%.0f', mark.again.passed)
  end
  if #reports > 0 then text = text .. ' reports=' .. table.concat(reports, ',') end
  if #watch > 0 then text = text .. ' watch=' .. table.concat(watch, ',') end
  return text .. mark.snapshot
end

local function snapshotOf(stream, group, pending)
  if pending == 0 then return '' end
  if pending > ${MOST_IN_SNAPSHOT} then return '\\n' end
  local rows = redis.call('XPENDING', stream, group, '-', '+', ${MOST_IN_SNAPSHOT})
  local owned, lines = {}, {}
  for i = 1, #rows do
    local id, owner, count = rows[i][1], rows[i][2], rows[i][4]
    owned[owner] = owned[owner] or {}
    table.insert(owned[owner], id .. ':' .. count)
  end
  for owner, ids in pairs(owned) do
    table.insert(lines, '\\n' .. encode(owner, '[%%%s%c]') .. ' ' .. table.concat(ids, ','))
  end
  return table.concat(lines)
end

-- { consumer, its ids with their delivery counts } each.
local function ownersIn(mark)
  local owners = {}
  for line in string.gmatch(mark.snapshot, '[^\\n]+') do
    local owner, list = string.match(line, '^(.*) (%S+)$')
    if owner then
      local ids = {}
      for id, count in string.gmatch(list, '(%d+-%d+):(%d+)') do table.insert(ids, { id, count }) end
      -- An earlier version writes no life, and names as they are.
      table.insert(owners, { mark.life and decode(owner) or owner, ids })
    end
  end
  return owners
end
`;
