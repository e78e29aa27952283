/**
 * Idempotency keys hold `<task id> <fingerprint>`. `freeKey(key, task)`: from now on another task may have it, if this one has it.
 *
 * `keyOf(fields, id)`: the key that a task was added with, as `wire/key-header` writes it, whose group's end counts (URI-encoded), and the
 * id that the key knows the task by; nothing where it has none.
 */
export const HELD_KEYS = `
local function freeKey(key, task)
  local held = redis.pcall('GET', key)
  if type(held) == 'string' and string.sub(held, 1, #task + 1) == task .. ' ' then redis.pcall('DEL', key) end
end
local function keyOf(fields, id)
  local header
  for i = 1, #fields, 2 do
    if fields[i] == '~.key' then header = fields[i + 1] end
    if fields[i] == '~.task' then id = fields[i + 1] end
  end
  local group, key = string.match(header or '', '^%a+ %d+ (%S+) (.+)$')
  return key, group, id
end
`;
