import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { PAUSE_OF } from '../lua/pause-of.js';
import { script } from '../lua/script.js';

/**
 * Whether a group is paused.
 *
 * KEYS 1 pause
 * Returns `RawPause`, or false.
 */
export const readPauseScript = script(`
${SERVER_NOW}
${PAUSE_OF}
return pauseOf(KEYS[1])
`);
