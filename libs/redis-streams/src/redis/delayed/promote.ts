import type { PromoteReply } from '../../model/ports/tasks/delayed.js';
import { keyBeside } from '../../wire/stream-name.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { ENTER } from '../lua/delayed/enter.js';
import { RINGS } from '../lua/tasks/rings.js';

/** So many at a time hold nobody up: a millisecond or two. */
const AT_ONCE = 200;

/**
 * Lets delayed tasks enter their stream that are due by the server's clock, the earliest first.
 *
 * KEYS 1 stream, 2 delayed, 3 delayed tasks, 4 dead, 5 `Keys.neverThere`
 * ARGV 1 how many at most, 2 what the stream's own keys begin with, 3 its name, 4 what channels begin with
 * Returns { how many have entered, for how many ms the first has been due, ms until the next is due or false, why Redis takes no entry or '',
 *           { id, why, letter's id or '' } of each that was set aside }.
 */
const promoteScript = script(`
local stream, delayed, tasks, dead = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local limit, beside, name, bells = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local place
${SERVER_NOW}
${RINGS}
${ENTER}
local due = redis.call('ZRANGEBYSCORE', delayed, '-inf', now, 'LIMIT', 0, limit)
local entered, late = 0, 0
if #due > 0 then
  late = math.min(now - redis.call('ZSCORE', delayed, due[1]), now)
  mayTakeOut()
  local packed = redis.call('HMGET', tasks, unpack(due))
  for i = 1, #due do
    if enter(due[i], packed[i]) then entered = entered + 1 end
    if refused ~= '' then break end
  end
  takeOut(gone)
end
local head = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
ringAll()
return { entered, late, head[2] and tostring(head[2] - now) or false, refused, aside }
`);

type RawReply = [
  entered: number,
  lateMs: number,
  nextInMs: string | null,
  refused: string,
  aside: [id: string, reason: string, letterId: string][],
];

/** A score of `inf`, which only somebody else can have set, is never due. */
function asTime(ms: string | null): number | undefined {
  const time = ms === null ? Infinity : Number(ms);
  return Number.isFinite(time) ? time : undefined;
}

export async function promote(client: RedisClient, keys: Keys, stream: string): Promise<PromoteReply> {
  const { delayed, tasks } = keys.ofDelayed(stream);
  const streamKey = keys.stream(stream);
  const [entered, lateMs, nextInMs, refused, aside] = await runScript<RawReply>(
    client,
    promoteScript,
    [streamKey, delayed, tasks, keys.dead(stream), keys.neverThere(stream)],
    [AT_ONCE, keyBeside(streamKey), stream, keys.bells],
  );
  return {
    entered,
    lateMs,
    nextInMs: asTime(nextInMs),
    setAside: aside.map(([id, reason, letterId]) => ({ id, reason, deadLetterId: letterId || undefined })),
    refused: refused || undefined,
  };
}
