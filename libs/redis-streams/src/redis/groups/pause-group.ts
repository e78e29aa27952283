import type { PauseChange } from '../../model/groups/group-pause.js';
import type { NoSuchGroup, PauseCommand } from '../../model/ports/admin/groups.js';
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
 * Pauses a group, or gives its pause another reason, author or end: since when it is paused, and who has heard of it, stays.
 *
 * KEYS 1 stream, 2 pause
 * ARGV 1 group, 2 what channels begin with, 3 until: `+` and ms from now, or epoch ms, or '', then those of `reason` and `by` that are
 *      given: name and value in turn
 * Returns { `RawPause`, names of the stream's groups, how it was paused before as `RawPause` or false }: without the first the group is not there, or,
 * with '' in its place, the end is past.
 */
const pauseGroupScript = script(`
local stream, pause, group, bells = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
${SERVER_NOW}
${TABLES}
${PAUSE_OF}
${GROUP_NAMES}
${RING_FOR_PAUSE}
local groups = groupsOf(stream)
local names = namesOf(groups)
if not groups[group] then return { false, names } end
local inMs = string.match(ARGV[3], '^%+(%d+)$')
local ends = inMs and now + inMs or tonumber(ARGV[3])
if ends and ends <= now then return { '', names } end
local current = pauseOf(pause)
-- Adds nothing, so that a full memory lets what follows pass.
redis.call('HDEL', pause, '')
redis.call('HSET', pause, 'at', current and current[3] or now, 'until', ends and string.format('%.0f', ends) or '', unpack(ARGV, 4))
local paused = pauseOf(pause)
ringForPause()
return { paused, names, current }
`);

/** @returns 'over' where it would have ended before it began */
export async function pauseGroup(
  client: RedisClient,
  keys: Keys,
  { stream, group, until = '', reason, by }: PauseCommand,
): Promise<PauseChange | NoSuchGroup | 'over'> {
  const { stream: streamKey, pause, bells } = keys.ofGroup(stream, group);
  const told = Object.entries({ reason, by }).flatMap(([name, value]) => (value === undefined ? [] : [name, value]));
  const args = [group, bells, until, ...told];
  type Reply = [pause: RawPause | '', groups: string[], before?: RawPause];
  const [raw, groups, before = null] = await runScript<Reply>(client, pauseGroupScript, [streamKey, pause], args);
  if (raw === '') return 'over';
  const paused = asPause(raw);
  return paused ? { ...paused, before: asPause(before) } : { groups };
}
