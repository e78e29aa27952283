import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { EVERY } from '../lua/fragments/pending-pages.js';
import { script } from '../lua/script.js';

/**
 * Renews all that a consumer owns, for a process that cannot tell which of it runs: its event loop is blocked.
 *
 * KEYS 1 stream
 * ARGV 1 group, 2 consumer
 * Returns the number of entries.
 */
export const renewAllScript = script(`
local stream, group, consumer = KEYS[1], ARGV[1], ARGV[2]
${ID_PAGES}
local ids = {}
local rows = redis.call('XPENDING', stream, group, '-', '+', ${EVERY}, consumer)
for i = 1, #rows do ids[i] = rows[i][1] end
for page in idPages(ids, 'JUSTID') do redis.call('XCLAIM', stream, group, consumer, 0, unpack(page)) end
return #ids
`);
