import type { EntryIds } from '../../model/ports/admin/entry-ids.js';
import type { Keys } from '../keys.js';
import { FEW_ENTRIES } from '../letters/few-entries.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

/**
 * KEYS 1 stream
 * ARGV 1 from, 2 to, 3 count
 * Returns { the ids, 1 where there may be more }.
 */
const idsScript = script(`
${FEW_ENTRIES}
local ids, isCut = fewEntries(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
for i = 1, #ids do ids[i] = ids[i][1] end
return { ids, isCut and 1 or 0 }
`);

/** KEYS 1 stream. Returns { the oldest entry's id, the newest one's }; an empty list where there is none. */
const endsScript = script(`
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
if not first then return {} end
return { first[1], redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1][1] }
`);

export class RedisEntryIds implements EntryIds {
  constructor(
    private readonly run: RunScript,
    private readonly keys: Keys,
  ) {}

  async ids(stream: string, { from, to, count }: { from: string; to: string; count: number }) {
    const args = [from, to, count];
    const [ids, isCut] = await this.run<[string[], number]>(idsScript, [this.keys.stream(stream)], args);
    return { ids, isCut: isCut === 1 };
  }

  async ends(stream: string): Promise<{ first: string; last: string } | undefined> {
    const [first, last] = await this.run<string[]>(endsScript, [this.keys.stream(stream)], []);
    return first === undefined ? undefined : { first, last: last! };
  }
}
