import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { GroupMember } from './group-member.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';

/**
 * Hands back all that a stopping consumer still owns, due at once and uncounted, and removes the consumer.
 * XGROUP DELCONSUMER drops pending entries for ever: here none is left when it runs.
 *
 * KEYS 1 stream, 2 retry, 3 workers
 * ARGV 1 group, 2 consumer, 3 consumer of scheduled retries
 * Returns the number of entries handed back.
 */
const leaveScript = script(`
local stream, retry, group, consumer, retryConsumer = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
${SERVER_NOW}
local rows = redis.call('XPENDING', stream, group, '-', '+', ${EVERY}, consumer)
for i = 1, #rows do
  local id, count = rows[i][1], rows[i][4]
  redis.call('XCLAIM', stream, group, retryConsumer, 0, id, 'RETRYCOUNT', math.max(count - 1, 0), 'JUSTID')
  redis.call('ZADD', retry, now, id)
end
redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer)
redis.pcall('HDEL', KEYS[3], consumer)
return #rows
`);

/** @returns the number of entries handed back */
export function leave({ keys, group, consumer, run }: GroupMember): Promise<number> {
  return run(leaveScript, [keys.stream, keys.retry, keys.workers], [group, consumer, RETRY_CONSUMER]);
}
