import type { WithholdReply } from '../../../model/ports/group.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';
import type { GroupMember } from '../group-member.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { asPause, PAUSE_OF, type RawPause } from '../../lua/pause-of.js';
import { script } from '../../lua/script.js';

/**
 * Where the group is paused, hands back what was delivered to this consumer and is not started, due at once and uncounted, as `leave` does.
 * What is scheduled nowhere, as memory is full, the next sweep schedules.
 *
 * KEYS 1 stream, 2 retry, 3 pause
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries, then ids
 * Returns { server time, `RawPause`, or false: nothing was handed back }.
 */
const withholdScript = script(`
local stream, retry, group, consumer, retryConsumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
${SERVER_NOW}
${PAUSE_OF}
local paused = pauseOf(KEYS[3])
if not paused then return { now, false } end
hear(KEYS[3], consumer)
for i = 4, #ARGV do
  local id = ARGV[i]
  local row = redis.call('XPENDING', stream, group, id, id, 1, consumer)[1]
  if row then
    redis.call('XCLAIM', stream, group, retryConsumer, 0, id, 'RETRYCOUNT', math.max(row[4] - 1, 0), 'JUSTID')
    redis.pcall('ZADD', retry, now, id)
  end
end
return { now, paused }
`);

export async function withhold(
  { keys, group, consumer, run }: GroupMember,
  ids: readonly string[],
): Promise<WithholdReply> {
  const args = [group, consumer, RETRY_CONSUMER, ...ids];
  const [serverNow, pause] = await run<[number, RawPause]>(withholdScript, [keys.stream, keys.retry, keys.pause], args);
  return { serverNow, pause: asPause(pause) };
}
