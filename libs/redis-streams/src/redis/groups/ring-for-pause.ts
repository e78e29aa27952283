import { DELAYED_BELL } from '../keys.js';

/** What is rung of a pause begins with; the group's name follows. Workers of earlier versions pass over it. */
export const PAUSED_RING = 'paused ';

/**
 * `ringForPause()`: whoever consumes the stream hears that the group was paused, or resumed. As the script's last command: see `rings`.
 *
 * Needs `stream`, `group` and `bells` (how channels begin).
 */
export const RING_FOR_PAUSE = `
local function ringForPause()
  redis.pcall('PUBLISH', bells .. '${DELAYED_BELL}' .. stream, '${PAUSED_RING}' .. group)
end
`;
