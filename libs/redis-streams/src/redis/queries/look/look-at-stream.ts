import type { GroupLook, StreamLook } from '../../../model/ports/queries.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';
import { KEY_SUFFIXES } from '../../../wire/stream-name.js';
import { redisErrorClause } from '../../connections/redis-errors.js';
import type { RedisClient } from '../../connections/redis-client.js';
import type { Keys } from '../../keys.js';
import { pairs } from '../../lua/pairs.js';
import { TABLES } from '../../lua/fragments/tables.js';
import { asPause, type RawPause } from '../../lua/pause-of.js';
import { runScript } from '../../lua/run-script.js';
import { script } from '../../lua/script.js';
import { ADDED_LATELY } from './added-lately.js';
import { BACKLOG_AFTER } from './backlog.js';
import { consumerLooks, type RawConsumer } from './consumer-looks.js';
import { PENDING_SINCE } from './pending-since.js';

/** Added within so many milliseconds counts as lately. */
const LATELY_MS = 10_000;

/**
 * All that an overview tells of a stream and its groups, at one moment. Writes nothing. What this user may not ask for is left out and named.
 *
 * A backlog is counted here first: the server's own count, the lag (7.0 and later), is wrong after a failover, as replicas do not follow
 * it. Where there is one, a short count will do (200 entries a side); where there is none, up to 2,000 a side, for all groups together.
 *
 * KEYS 1 stream, 2 dead, 3 delayed, 4 marks, 5 a key that is never there
 * ARGV 1 how the keys of a group begin, 2 consumer of scheduled retries, 3 the asking process's clock in ms, for where the server's may not be
 *      asked for, 4 '1' to tell what was added lately, 5 how long that is in ms
 * Returns { server time, entries, last generated id or '', entries ever added or false, added lately or false, within how many ms,
 *           dead letters, delayed, those that are due, when the next is due or false, why writes are refused or '',
 *           commands that were not allowed, groups: see `RawGroup` }.
 */
const lookAtStreamScript = script(`
local stream, dead, delayed, marks, neverThere = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local beside, retryConsumer, clock, wantsLately, latelyMs = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4] == '1', tonumber(ARGV[5])
${TABLES}
${BACKLOG_AFTER}
${ADDED_LATELY}
-- In the words of 7.0 and later, of 6.0, and of 8.
local function isForbidden(err)
  return string.find(err, 'NOPERM', 1, true) or string.find(err, "user executing the script can't", 1, true)
    or string.find(err, 'ACL failure in script', 1, true)
end
local notAllowed, named = {}, {}
local function ask(command, ...)
  local reply = redis.pcall(command, ...)
  if type(reply) ~= 'table' or not reply.err then return reply end
  if isForbidden(reply.err) and not named[command] then
    named[command] = true
    table.insert(notAllowed, command)
  end
  return nil
end
local function scoreOf(pair) return pair and pair[2] or false end

local time = ask('TIME')
local now = time and time[1] * 1000 + math.floor(time[2] / 1000) or clock
local info = redis.call('EXISTS', stream) == 1 and toFields(redis.call('XINFO', 'STREAM', stream)) or nil
local length = info and info['length'] or 0

-- Wide entries come in smaller pages, so that none is more than some ten thousand bytes or one entry.
local function pageOf(entry)
  local bytes = 0
  for i = 1, #entry[2] do bytes = bytes + #entry[2][i] end
  return math.max(2, math.min(100, math.floor(50000 / (bytes + 1))))
end

${PENDING_SINCE}
local counted, groupCount = {}, 0
local function backlogOf(group)
  local after, lag = group['last-delivered-id'], type(group['lag']) == 'number' and group['lag']
  -- Exclusive ranges are newer than 6.0.
  local entries = redis.call('XRANGE', stream, after, '+', 'COUNT', 2)
  local first = entries[1] and entries[1][1] == after and entries[2] or entries[1]
  if not first or first[1] == after then return false, 0, 1 end
  if not counted[after] then
    local pages = math.max(1, math.floor((lag and 2 or 20) / groupCount))
    counted[after] = { backlogAfter(stream, after, length, pageOf(first), pages) }
  end
  local count, isExact = counted[after][1], counted[after][2]
  if isExact == 0 and lag then return first[1], math.max(count, lag), 1 end
  return first[1], count, isExact
end
local function encode(byte) return string.format('%%%02X', string.byte(byte)) end
local function keyOf(group, suffix)
  return beside .. ':' .. string.gsub(group, "[^%w_.!~*'()-]", encode) .. suffix
end

-- Nothing where it is not paused, or not any more.
local function pauseOf(group)
  local pause = ask('HMGET', keyOf(group, '${KEY_SUFFIXES.pause}'), 'reason', 'by', 'at', 'until')
  if not pause or not pause[3] then return false end
  local ends = tonumber(pause[4] or '')
  if ends and ends <= now then return false end
  return { pause[1] or '', pause[2] or '', pause[3], pause[4] or '' }
end
-- All that a pause has, those that have heard among it.
local function heardOf(pause, group)
  return pause and ask('HGETALL', keyOf(group, '${KEY_SUFFIXES.pause}')) or {}
end

local groups = {}
local infos = info and redis.call('XINFO', 'GROUPS', stream) or {}
groupCount = #infos
for _, flat in ipairs(infos) do
  local group = toFields(flat)
  local name = group['name']
  local first, backlog, isExact = backlogOf(group)
  local oldestPending, since = pendingSince(group, keyOf(name, '${KEY_SUFFIXES.lives}'))
  local retry = keyOf(name, '${KEY_SUFFIXES.retry}')
  local mark = ask('HGET', marks, name)
  local pause = pauseOf(name)
  local consumers = {}
  for i, consumer in ipairs(consumersOf(stream, name)) do
    consumers[i] = { consumer['name'], consumer['pending'], consumer['idle'] }
  end
  table.insert(groups, {
    name, group['last-delivered-id'], group['pending'], type(group['entries-read']) == 'number' and group['entries-read'],
    oldestPending, first, backlog, isExact, ask('ZCOUNT', retry, '-inf', now) or false,
    scoreOf(ask('ZRANGE', retry, 0, 0, 'WITHSCORES')), mark and tonumber(string.match(mark, '^%S+ %S+ (%d+) ')) or false,
    ask('HGETALL', keyOf(name, '${KEY_SUFFIXES.workers}')) or {}, consumers, pause, since, heardOf(pause, name)
  })
end

local added, within = false, 0
if wantsLately and info then
  local last = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
  added, within = 0, latelyMs
  if last then added, within = addedLately(stream, now, latelyMs, pageOf(last)) end
end
local reply = {
  now, length, info and info['last-generated-id'] or '', info and info['entries-added'] or false, added, within,
  redis.call('XLEN', dead), ask('ZCARD', delayed) or 0, ask('ZCOUNT', delayed, '-inf', now) or false,
  scoreOf(ask('ZRANGE', delayed, 0, 0, 'WITHSCORES')), '', notAllowed, groups
}
-- Refused where all writes are, and else without effect: the key is not there.
local write = redis.pcall('SET', neverThere, '', 'XX')
if type(write) == 'table' and write.err and not isForbidden(write.err) then reply[11] = write.err end
return reply
`);

type RawGroup = [
  name: string,
  lastDelivered: string,
  pending: number,
  entriesRead: number | null,
  oldestPending: string | null,
  firstWaiting: string | null,
  backlog: number,
  isExact: number,
  retryDue: number | null,
  nextRetry: string | null,
  finished: number | null,
  workers: string[],
  consumers: RawConsumer[],
  pause: RawPause,
  pendingSince: number | null,
  heard: string[],
];

type RawReply = [
  now: number,
  length: number,
  lastId: string,
  entriesAdded: number | null,
  addedLately: number | null,
  withinMs: number,
  dead: number,
  delayed: number,
  delayedDue: number | null,
  nextDelayed: string | null,
  writesRefused: string,
  notAllowed: string[],
  groups: RawGroup[],
];

/** @param wantsLately whether to tell what was added lately, too */
export async function lookAtStream(
  client: RedisClient,
  keys: Keys,
  stream: string,
  wantsLately: boolean,
): Promise<StreamLook> {
  const { marks, dead, neverThere, besideGroup } = keys.ofLook(stream);
  const reply = await runScript<RawReply>(
    client,
    lookAtStreamScript,
    [keys.stream(stream), dead, keys.ofDelayed(stream).delayed, marks, neverThere],
    [besideGroup, RETRY_CONSUMER, Date.now(), wantsLately ? 1 : 0, LATELY_MS],
  );
  const [now, length, lastId, entriesAdded, addedLately, withinMs, deadLetters, delayed, delayedDue, ...rest] = reply;
  const [nextDelayed, writesRefused, notAllowed, groups] = rest;
  return {
    serverNow: now,
    length,
    lastGeneratedId: lastId === '' ? undefined : lastId,
    entriesAdded: entriesAdded ?? undefined,
    addedLately: addedLately === null ? undefined : { count: addedLately, withinMs },
    deadLetters,
    delayed: { count: delayed, due: delayedDue ?? undefined, nextDueAt: numberOf(nextDelayed) },
    writesRefused: writesRefused === '' ? undefined : redisErrorClause(new Error(writesRefused)),
    notAllowed,
    groups: groups.map((group) => groupOf(group, now)),
  };
}

function groupOf(raw: RawGroup, now: number): GroupLook {
  const [name, lastDeliveredId, pending, entriesRead, oldestPending, firstWaiting, backlog, isExact, ...rest] = raw;
  const [retryDue, nextRetry, finished, workers, consumers, pause, pendingSince, heard] = rest;
  const said = { slots: new Map(pairs(workers)), heard: new Set(pairs(heard).keys()) };
  return {
    name,
    lastDeliveredId,
    pending,
    entriesRead: entriesRead ?? undefined,
    oldestPendingId: oldestPending ?? undefined,
    pendingSince: pendingSince ?? undefined,
    firstWaitingId: firstWaiting ?? undefined,
    backlog: { count: backlog, isExact: isExact === 1 },
    retryScheduled: consumers.find(([consumer]) => consumer === RETRY_CONSUMER)?.[1] ?? 0,
    retryDue: retryDue ?? undefined,
    nextRetryAt: numberOf(nextRetry),
    finished: finished ?? undefined,
    pause: asPause(pause),
    consumers: consumerLooks(consumers, said, now),
  };
}

function numberOf(text: string | null): number | undefined {
  return text === null ? undefined : Number(text);
}
