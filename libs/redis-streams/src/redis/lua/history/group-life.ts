/**
 * The life of a group, kept in its mark (see `group-mark`): `beginLife(mark)`, `rewindMark(mark, id)` where the group goes back to an
 * id, `comesAgain(mark)`, and `receiptOf(mark)`: how many entries it has counted as finished, and in which life.
 *
 * Needs `SERVER_NOW` and `ENTRY_IDS`.
 */
export const GROUP_LIFE = `
local function beginLife(mark)
  mark.life, mark.restores, mark.again = time[1] .. '-' .. time[2], 0, nil
end

-- All after the id is to be finished again. What was counted since the last checkpoint before it may count twice then:
-- it is forgotten, and the more history is kept.
local function rewindMark(mark, id)
  local checkpoints = mark.checkpoints
  while checkpoints[1] and isBefore(id, checkpoints[#checkpoints].at) do table.remove(checkpoints) end
  if checkpoints[1] then mark.finished = math.min(mark.finished, checkpoints[#checkpoints].finished) end
end

local function lifeOf(mark)
  return mark.life .. ':' .. mark.restores .. ':'
end
local function receiptOf(mark)
  return lifeOf(mark) .. string.format('%.0f', mark.finished)
end

-- What may still come again because of the last restore; nil when that is over, but for runs that are just beginning.
local function comesAgain(mark)
  local again = mark.again
  if again and (again.passed == 0 or math.abs(now - again.passed) <= 1000) then return again end
  return nil
end
`;
