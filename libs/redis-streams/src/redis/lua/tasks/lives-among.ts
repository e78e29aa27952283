/**
 * `livesAmong(ids)`: those that live again, id and what is known of that life in turn. One look where there is none, as nearly always. `endLife(id)`: it has ended, or its entry is
 * gone; returns whether it lived again. `lifeOf(id)`: what is known of its life; nil for nearly all. Needs `lives`, the key, and `isThere`.
 *
 * What is read here says until when a task may run: where it cannot be read, the script fails. Somebody else's key in the place of ours knows of no life.
 */
export const LIVES_AMONG = `
local areLives = isThere(lives)
local function lifeOf(id)
  local life = areLives and redis.pcall('HGET', lives, id)
  if type(life) == 'table' and not string.find(life.err, 'WRONGTYPE', 1, true) then error(life.err) end
  return type(life) == 'string' and life or nil
end
local function livesAmong(ids)
  local found = {}
  if not areLives then return found end
  for i = 1, #ids do
    local life = lifeOf(ids[i])
    if life then
      found[#found + 1] = ids[i]
      found[#found + 1] = life
    end
  end
  return found
end
local function endLife(id)
  return areLives and redis.pcall('HDEL', lives, id) == 1
end
`;
