import type { RenewReply } from '../../model/ports/group.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { idRange } from '../lua/id-range.js';
import { pairs } from '../lua/pairs.js';
import { CANCELS_AMONG } from '../lua/tasks/cancels-among.js';
import { HOLDER_OF } from '../lua/fragments/holder.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { asPause, PAUSE_OF, type RawPause } from '../lua/pause-of.js';
import { script } from '../lua/script.js';

/**
 * Renews the leases of all that runs here in one call: sets the idle time of the given entries to zero where this
 * consumer still owns them. XCLAIM itself asks no owner, hence the look first; JUSTID leaves the delivery count.
 *
 * KEYS 1 stream, 2 cancels, 3 pause
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id, then all ids
 * Returns { server time, what this consumer holds no more: id and holder in turn,
 *           those of the ids that somebody has asked to cancel: id and reason in turn, `RawPause` or false }.
 * An entry that is deleted while it runs stays pending on 6.0; later versions drop it at the first claim.
 */
const renewScript = script(`
local stream, cancels, group, consumer, retryConsumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
${SERVER_NOW}
${ID_PAGES}
${HOLDER_OF}
${CANCELS_AMONG}
${PAUSE_OF}
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = true end
local mine, lost = {}, {}
for i = 6, #ARGV do
  local id = ARGV[i]
  if owned[id] then
    mine[#mine + 1] = id
  else
    lost[#lost + 1] = id
    lost[#lost + 1] = holderOf(id)
  end
end
for page in idPages(mine, 'JUSTID') do redis.call('XCLAIM', stream, group, consumer, 0, unpack(page)) end
return { now, lost, cancelsAmong(mine), pauseOf(KEYS[3]) }
`);

export async function renew(member: GroupMember, ids: readonly string[]): Promise<RenewReply> {
  const { keys, group, consumer } = member;
  const args = [group, consumer, RETRY_CONSUMER, ...idRange(ids.map((entryId) => ({ entryId }))), ...ids];
  const [serverNow, lost, cancels, pause] = await member.run<[number, string[], string[], RawPause]>(
    renewScript,
    [keys.stream, keys.cancels, keys.pause],
    args,
  );
  return { serverNow, lost: pairs(lost), cancels: pairs(cancels), pause: asPause(pause) };
}
