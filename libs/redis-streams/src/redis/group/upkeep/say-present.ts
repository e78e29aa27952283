import type { PresenceReply } from '../../../model/ports/group.js';
import type { GroupMember } from '../group-member.js';
import { SAY_PRESENT } from '../../lua/workers/say-present.js';
import { asPause, PAUSE_OF, type RawPause } from '../../lua/pause-of.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Says that a worker is there, how many slots it has, and how many of them stuck runs hold; tells whether the group is paused.
 *
 * KEYS 1 workers: see `GroupKeys.workers`, 2 pause
 * ARGV 1 consumer, 2 slots, 3 of them stuck
 * Returns { server time, `RawPause` or false }.
 */
const sayPresentScript = script(`
local workers = KEYS[1]
${SERVER_NOW}
${PAUSE_OF}
${SAY_PRESENT}
sayPresent(ARGV[1], ARGV[2], ARGV[3])
return { now, pauseOf(KEYS[2]) }
`);

export async function sayPresent(
  { keys, consumer, run }: GroupMember,
  slots: number,
  stuck: number,
): Promise<PresenceReply> {
  const names = [keys.workers, keys.pause];
  const [serverNow, pause] = await run<[number, RawPause]>(sayPresentScript, names, [consumer, slots, stuck]);
  return { serverNow, pause: asPause(pause) };
}
