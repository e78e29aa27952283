import { SILENT_AFTER } from '../../../model/policy/lease-rule.js';
import { GONE_AFTER_MS } from '../../../model/policy/presence-rule.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';

/**
 * Watches the other groups of a stream, by what they show of themselves:
 *
 * - `watch(mark, marks, isStable)` returns a function `hasBeen(state, name, limit)`: whether this group's workers have seen another
 *   one missing (`m`) or silent (`s`) for so many milliseconds, with the marks of all as texts by name. What was seen before is in
 *   `mark.watch`, which goes on from there: a group that is not asked for, or wrote its mark, begins anew.
 * - `isSilent(stream, name, foreignAfter)`: whether none of its consumers has said anything for long: three of its leases, or, with
 *   nothing pending, longer than any read blocks, and so many milliseconds for one that is not ours.
 *
 * Time counts in steps as long as nobody looked, but never so long that one would do: a clock that jumps is no long silence. After a
 * disturbance all look silent, so that silence counts only while the link is stable.
 *
 * Needs `SERVER_NOW`, `TABLES`, `CONSUMER_LEASE` and `GROUP_MARK`.
 */
export const OTHER_GROUPS = `
local LONGEST_STEP, LONGEST_BLOCK = 3600000, ${GONE_AFTER_MS}

local function watch(mark, marks, isStable)
  local elapsed, seen = math.max(0, now - mark.time), mark.watch
  mark.watch = {}
  return function(state, name, limit)
    local other, before = readMark(marks[name]), seen[name]
    local current = { state = state, ms = 0, time = other and other.time or 0 }
    if before and before.state == state and before.time == current.time then
      current.ms = before.ms
      if state == 'm' or isStable then current.ms = current.ms + math.min(elapsed, LONGEST_STEP, limit / 4) end
    end
    mark.watch[name] = current
    return current.ms >= limit
  end
end

local function isSilent(stream, name, foreignAfter)
  for _, consumer in ipairs(consumersOf(stream, name)) do
    local lease, silence = leaseOf(consumer['name']), foreignAfter
    if lease then
      silence = ${SILENT_AFTER} * lease
      if consumer['pending'] == 0 then silence = math.max(silence, LONGEST_BLOCK) end
    end
    if consumer['name'] ~= '${RETRY_CONSUMER}' and consumer['idle'] < silence then return false end
  end
  return true
end
`;
