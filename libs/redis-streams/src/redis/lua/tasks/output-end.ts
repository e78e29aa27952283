import { OUTPUT_KINDS } from '../../../wire/tasks/output.js';

/**
 * `endOutput(output, state, ttl)`: the last entry of a task's output, where it has any: how it ended. It comes after all that its
 * runs have written, and who wrote them owns the entry no more. The output is kept so many milliseconds from now on. A key that holds
 * something else has none.
 */
export const OUTPUT_END = `
local function endOutput(output, state, ttl)
  local top = redis.pcall('XREVRANGE', output, '+', '-', 'COUNT', 1)[1]
  if not top then return end
  local run, n = string.match(top[1], '^(%d+)-(%d+)$')
  redis.call('XADD', output, string.format('%s-%.0f', run, n + 1), '${OUTPUT_KINDS.end}', state)
  redis.call('PEXPIRE', output, ttl)
end
`;
