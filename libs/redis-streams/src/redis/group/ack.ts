import type { Ownership, SettleReply } from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { idRange } from '../lua/id-range.js';
import { pairs } from '../lua/pairs.js';
import type { Writes } from '../lua/run-script.js';
import { HOLDER_OF } from '../lua/fragments/holder.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { script } from '../lua/script.js';

/**
 * Acks the entries of one turn, nearly all that a worker ever settles; each only if this consumer still owns it at the same
 * delivery count. One look at its pending entries between the first and the last id serves as the fence for all.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, 4 first id, 5 last id,
 *      6 ids to ack at delivery count 1, separated by spaces: one argument is cheaper than a hundred,
 *      then for each other ack: id, delivery count
 * Returns what was lost: id and holder in turn.
 */
const ackScript = script(`
local stream, group, consumer, retryConsumer = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local owned = {}
local pending = redis.call('XPENDING', stream, group, ARGV[4], ARGV[5], ${EVERY}, consumer)
for i = 1, #pending do owned[pending[i][1]] = pending[i][4] end

${ID_PAGES}
${HOLDER_OF}
local acks, lost = {}, {}
local function ack(id, count)
  if owned[id] == count then
    acks[#acks + 1] = id
  else
    lost[#lost + 1] = id
    lost[#lost + 1] = holderOf(id)
  end
end
for id in string.gmatch(ARGV[6], '%S+') do ack(id, 1) end
for i = 7, #ARGV, 2 do ack(ARGV[i], tonumber(ARGV[i + 1])) end
for page in idPages(acks) do redis.call('XACK', stream, group, unpack(page)) end
return lost
`);

/** Nothing else comes of acks. */
export const NOTHING_ELSE = { failed: new Map<string, never>(), cancelled: new Set<string>(), unkept: '' } as const;

export async function ack(member: GroupMember, acks: readonly Ownership[]): Promise<SettleReply> {
  const { keys, group, consumer } = member;
  let atFirst = '';
  const others: (string | number)[] = [];
  for (const { entryId, deliveryCount } of acks) {
    if (deliveryCount === 1) atFirst += `${entryId} `;
    else others.push(entryId, deliveryCount);
  }
  const writes: Writes = { count: 0, total: 0 };
  const args = [group, consumer, RETRY_CONSUMER, ...idRange(acks), atFirst, ...others];
  const lost = await member.run<string[]>(ackScript, [keys.stream], args, writes);
  return { ...NOTHING_ELSE, lost: pairs(lost), wasResent: writes.count > 1 };
}
