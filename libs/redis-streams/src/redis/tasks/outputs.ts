import type { Ear, OutputPage, OutputQuestion } from '../../model/ports/tasks/task-store.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { nextEntryId } from '../../wire/entry-id.js';
import { OUTPUT_KINDS } from '../../wire/tasks/output.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { LISTEN } from '../lua/tasks/listen.js';
import { asLook, LOOK_AT, type RawCommon, type RawLook } from './look-at.js';

/** So many entries come from one script: each task has its share, and what others leave of theirs. What is left is asked for again. */
const MOST_ENTRIES = 5_000;

/**
 * Pages of tasks' output, each with a look where it was asked for, or the page tells of more than chunks and progress, or of nothing.
 * Remembers who wants to hear of those that have not ended.
 *
 * KEYS 1 stream, 2 retry, 3 lives, then for each task: record, ears, output
 * ARGV 1 group, 2 consumer of scheduled retries, 3 whom to ring, or '', then for each task: id, for so many ms, the first id that is
 *      wanted, how many entries, '1' for a look, else '0'
 * Returns { what is common to all, of each { { id, { kind, value } }..., 1 where there are more, else 0, `RawLook` or false } }.
 */
const outputsScript = script(`
local stream, retry, lives = KEYS[1], KEYS[2], KEYS[3]
local group, retryConsumer, address = ARGV[1], ARGV[2], ARGV[3]
local pause = false
${LOOK_AT}
${LISTEN}
-- What comes while somebody listens is written by a run, which has not ended: who is listened to for long enough is left at that.
local function listenOn(ears, forMs)
  local known = tonumber(redis.call('ZSCORE', ears, address) or '0')
  if known < now + forMs / 2 then listen(ears, address, forMs) end
end

local pages, room, left = {}, ${MOST_ENTRIES}, (#ARGV - 3) / 5
for i = 4, #ARGV, 5 do
  local key = 4 + (i - 4) / 5 * 3
  local record, ears, output = KEYS[key], KEYS[key + 1], KEYS[key + 2]
  local id, forMs, from, count, wantsLook = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4] == '1'
  count = math.min(count, math.floor(room / left))
  local entries = redis.call('XRANGE', output, from, '+', 'COUNT', count + 1)
  local isMore = #entries > count
  if isMore then entries[#entries] = nil end
  room, left = room - #entries, left - 1
  wantsLook = wantsLook or #entries == 0
  for j = 1, #entries do
    local kind = entries[j][2][1]
    if kind ~= '${OUTPUT_KINDS.chunk}' and kind ~= '${OUTPUT_KINDS.progress}' then wantsLook = true end
  end
  local look, isOpen = false, false
  if wantsLook then look, isOpen = lookAt(id, record) end
  if address ~= '' then
    if isOpen then listen(ears, address, forMs) elseif not wantsLook then listenOn(ears, forMs) end
  end
  pages[#pages + 1] = { entries, isMore and 1 or 0, look }
end
return { common, pages }
`);

type RawPage = [entries: [id: string, [kind: string, value: string]][], isMore: number, look: RawLook | null];

/** @param questions about one group, with ears of one address */
export async function outputs(
  client: RedisClient,
  keys: Keys,
  questions: readonly { readonly question: OutputQuestion; readonly ear?: Ear | undefined }[],
): Promise<OutputPage[]> {
  const { stream, group } = questions[0]!.question.task;
  const { stream: streamKey, retry, lives } = keys.ofGroup(stream, group);
  const names = [streamKey, retry, lives];
  const args: (string | number)[] = [group, RETRY_CONSUMER, questions[0]!.ear?.address ?? ''];
  for (const { question, ear } of questions) {
    const { task, after, count, wantsLook } = question;
    const { record, ears, output } = keys.ofTask(stream, group, task.id);
    names.push(record, ears, output);
    args.push(task.id, ear?.forMs ?? 0, nextEntryId(after), count, wantsLook ? 1 : 0);
  }
  const [common, pages] = await runScript<[RawCommon, RawPage[]]>(client, outputsScript, names, args);
  return pages.map(([entries, isMore, look]) => ({
    look: look ? asLook(common, look) : undefined,
    entries: entries.map(([id, [kind, value]]) => ({ id, kind, value })),
    isMore: isMore === 1,
  }));
}
