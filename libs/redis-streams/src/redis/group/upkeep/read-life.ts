import type { ReadLifeReply } from '../../../model/ports/group.js';
import type { GroupMember } from '../group-member.js';
import { ENTRY_IDS } from '../../lua/fragments/entry-ids.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { GROUP_LIFE } from '../../lua/history/group-life.js';
import { GROUP_MARK } from '../../lua/history/group-mark.js';
import { script } from '../../lua/script.js';

/**
 * Asks in which life a group is, and which entries may come again because it was restored in it. See `group-mark`.
 *
 * KEYS 1 stream, 2 marks
 * ARGV 1 group
 * Returns { life, restores in it, id after which entries come again or '', id up to which they do or '' }; nothing when
 *         nobody can tell: without the group, without a mark, and where the group was moved back or created by others.
 */
const readLifeScript = script(`
local stream, marks, group = KEYS[1], KEYS[2], ARGV[1]
${SERVER_NOW}
${ENTRY_IDS}
${TABLES}
${GROUP_MARK}
${GROUP_LIFE}
local mark = readMark(redis.call('HGET', marks, group))
if not mark or not mark.life then return false end
local fields = groupsOf(stream)[group]
if not fields or isBefore(fields['last-delivered-id'], mark.last) then return false end
local again = comesAgain(mark) or { from = '', to = '' }
return { mark.life, mark.restores, again.from, again.to }
`);

/** undefined when nobody can tell. */
export async function readLife({ keys, group, run }: GroupMember): Promise<ReadLifeReply | undefined> {
  const reply = await run<[string, number, string, string] | null>(readLifeScript, [keys.stream, keys.marks], [group]);
  if (!reply) return undefined;
  const [id, restores, from, to] = reply;
  return { life: { id, restores }, again: to === '' ? undefined : { from, to } };
}
