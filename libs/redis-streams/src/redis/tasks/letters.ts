import type { LetterPage, ScanCommand } from '../../model/ports/tasks/task-store.js';
import { DEAD_LETTER_HEADERS, RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

const OWN_ID = RESERVED_PREFIX + RESERVED_HEADERS.task;

/**
 * What dead letters of a group say of their tasks, oldest letter first, without their payloads. Not more than `count` letters are
 * visited.
 *
 * KEYS 1 dead
 * ARGV 1 group, 2 the first letter that counts, 3 count
 * Returns { { letter's id, task's id, reason or '', error or '' }..., letter to go on from or false }.
 */
const lettersScript = script(`
local group, count = ARGV[1], tonumber(ARGV[3])
local entries, letters = redis.call('XRANGE', KEYS[1], ARGV[2], '+', 'COUNT', count + 1), {}
for i = 1, math.min(#entries, count) do
  local id, flat, fields = entries[i][1], entries[i][2], {}
  for j = 1, #flat, 2 do fields[flat[j]] = flat[j + 1] end
  local task = fields['${DEAD_LETTER_HEADERS.entryId}']
  if task and fields['${DEAD_LETTER_HEADERS.group}'] == group then
    local reason, error = fields['${DEAD_LETTER_HEADERS.reason}'], fields['${DEAD_LETTER_HEADERS.error}']
    letters[#letters + 1] = { id, fields['${OWN_ID}'] or task, reason or '', error or '' }
  end
end
return { letters, entries[count + 1] and entries[count + 1][1] or false }
`);

type RawLetter = [letterId: string, taskId: string, reason: string, error: string];

export async function letters(
  client: RedisClient,
  keys: Keys,
  { stream, group, from, count }: Omit<ScanCommand, 'state'>,
): Promise<LetterPage> {
  const args = [group, from, count];
  const reply = await runScript<[RawLetter[], string | null]>(client, lettersScript, [keys.dead(stream)], args);
  const [found, next] = reply;
  return {
    letters: found.map(([letterId, id, reason, error]) => ({ letterId, id, reason, error })),
    next: next ?? undefined,
  };
}
