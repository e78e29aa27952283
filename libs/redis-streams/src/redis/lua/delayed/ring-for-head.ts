import { LEARNT_IN_TIME_MS } from '../../../model/policy/delay-rule.js';
import { DELAYED_BELL } from '../../keys.js';

/**
 * `ringForHead(changed)`: where one of these tasks, a table by own id, is due before all others that are delayed, and soon, whoever consumes the
 * stream is told in how many ms: others would look later, and who has put it there may die at once. As the script's last command: see `rings`.
 *
 * Needs `stream`, `delayed`, `bells` and `now`.
 */
export const RING_FOR_HEAD = `
local function ringForHead(changed)
  local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
  local inMs = changed[head[1]] and math.max(0, head[2] - now)
  if inMs and inMs <= ${LEARNT_IN_TIME_MS} then
    redis.pcall('PUBLISH', bells .. '${DELAYED_BELL}' .. stream, string.format('%.0f', inMs))
  end
end
`;
