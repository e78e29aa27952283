import type { GroupPause } from '../../model/groups/group-pause.js';
import type { GroupKey, NoSuchGroup } from '../../model/ports/admin/groups.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { TABLES } from '../lua/fragments/tables.js';
import { asPause, PAUSE_OF, type RawPause } from '../lua/pause-of.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { GROUP_NAMES } from './group-names.js';
import { RING_FOR_PAUSE } from './ring-for-pause.js';

/**
 * Ends the pause of a group.
 *
 * KEYS 1 stream, 2 pause
 * ARGV 1 group, 2 what channels begin with
 * Returns { the pause that ended as `RawPause`, or false, '1' when there is such a group, names of the stream's groups }.
 */
const resumeGroupScript = script(`
local stream, pause, group, bells = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
${SERVER_NOW}
${TABLES}
${PAUSE_OF}
${GROUP_NAMES}
${RING_FOR_PAUSE}
local groups = groupsOf(stream)
local paused = pauseOf(pause)
-- Also that of a group that is gone: it would hold for the next one of its name.
if paused then
  redis.call('DEL', pause)
  ringForPause()
end
return { paused, groups[group] and 1 or 0, namesOf(groups) }
`);

/** @returns the pause that ended; undefined where there was none */
export async function resumeGroup(
  client: RedisClient,
  keys: Keys,
  { stream, group }: GroupKey,
): Promise<GroupPause | NoSuchGroup | undefined> {
  const { stream: streamKey, pause, bells } = keys.ofGroup(stream, group);
  const [raw, isThere, groups] = await runScript<[RawPause, number, string[]]>(
    client,
    resumeGroupScript,
    [streamKey, pause],
    [group, bells],
  );
  return asPause(raw) ?? (isThere === 1 ? undefined : { groups });
}
