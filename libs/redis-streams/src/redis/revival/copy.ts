import { ReplyError } from 'ioredis';
import type { CopyCommand, CopyOutcome, Revived } from '../../model/ports/admin/revival.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import { copyFields } from '../../wire/tasks/copy.js';
import type { RedisClient } from '../connections/redis-client.js';
import { deliverScript, type DeliverScriptReply } from '../group/forwards/deliver.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { DEADLINE_OF } from '../lua/tasks/deadline.js';
import { LIFE } from './life.js';
import { assertFew, MOST_BYTES } from './revival-call.js';

/** That something was copied is known for a day: whoever asks again copies nothing twice. */
const MARKER_TTL_MS = 24 * 3_600_000;
/** What was read so long ago, in milliseconds, is not copied any more: somebody else may have redriven it since. */
const IN_TIME_MS = 60_000;
/** More names and values one call of a script cannot pass. */
const MOST_VALUES = 7_000;

/**
 * Reads what is to be copied, letters or entries, with what is to be known of their copies' lives.
 *
 * KEYS 1 where they are
 * ARGV 1 '1' for letters, 2 '1' also for what was redriven before, 3 JSON of what lives begin with, 4 their deadline (as `reviveArguments` has it),
 *      5 JSON of the stream's name, then the ids
 * Returns { server time, for each: why it is not copied, or { fields, life, deadline or false } }.
 */
const readScript = script(`
local isLetter, again, terms, newDeadline, stream = ARGV[1] == '1', ARGV[2] == '1', ARGV[3], ARGV[4], cjson.decode(ARGV[5])[1]
${SERVER_NOW}
${DEADLINE_OF}
${LIFE}
local bytes = 0
local function read(id)
  if bytes >= ${MOST_BYTES} then return 'later' end
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  if not entry then return 'gone' end
  local flat = entry[2]
  for i = 1, #flat do bytes = bytes + #flat[i] end
  local fields = fieldsOf(flat)
  -- All that the entry had, where its letter has it as one JSON array.
  local wide = fields['${DEAD_LETTER_HEADERS.wideFields}']
  local original = wide and decoded(wide) or flat
  local life, task = newLife(terms), id
  goOnFrom(life, fields)
  if isLetter then
    if (life.redrives or 0) > 0 and not again then return 'redriven-before' end
    addDeath(life, fields)
    life.redrives, task = (life.redrives or 0) + 1, fields['${DEAD_LETTER_HEADERS.entryId}'] or id
  else
    life.isReplay = true
  end
  life.origin = life.origin or { stream = stream, id = task }
  local deadline = deadlineFor(newDeadline, original)
  if deadline and deadline <= now then return 'past-deadline' end
  return { flat, cjson.encode(life), deadline and string.format('%.0f', deadline) or false }
end
local found = {}
for i = 6, #ARGV do found[#found + 1] = read(ARGV[i]) end
return { now, found }
`);

type Found = CopyOutcome | [fields: string[], life: string, deadline: string | null];

/**
 * Copies tasks to a stream: first read, then added, each behind a marker that tells that it was. So it may be asked for again whatever has failed
 * in between, and the streams need not share a server.
 */
export async function copy(
  client: RedisClient,
  keys: Keys,
  command: CopyCommand,
): Promise<readonly Revived<CopyOutcome>[]> {
  const { stream, target, what, ids, terms, again, isDry } = command;
  assertFew(ids);
  const { deadline = '', ...life } = terms;
  const source = what === 'letters' ? keys.dead(stream) : keys.stream(stream);
  const args = [what === 'letters' ? 1 : 0, again ? 1 : 0, JSON.stringify(life), deadline, JSON.stringify([stream])];
  const [now, found] = await runScript<[number, Found[]]>(client, readScript, [source], [...args, ...ids]);

  const outcomes = found.map((each) => (typeof each === 'string' ? each : 'copied'));
  const names = [keys.stream(target)];
  const fields: (string | number)[] = [];
  const copied: string[] = [];
  found.forEach((each, n) => {
    if (typeof each === 'string') return;
    const [flat, itsLife, until] = each;
    const values = copyFields(flat, itsLife, until === null ? undefined : Number(until));
    if (values.length > MOST_VALUES) return void (outcomes[n] = 'too-wide');
    copied.push(ids[n]!);
    names.push(keys.marker(target, markerOf(command, ids[n]!)));
    fields.push(values.length, ...values);
  });
  if (copied.length > 0 && !isDry) {
    const call = [now + IN_TIME_MS, MARKER_TTL_MS, MARKER_TTL_MS, copied.length, ...fields];
    const [, added, refusal] = await runScript<DeliverScriptReply>(client, deliverScript, names, call);
    // The letters of what was added must go before it is tried again: their markers do not stay for ever.
    if (refusal && added.length === 0) throw new ReplyError(refusal);
    for (const id of copied.slice(added.length)) outcomes[ids.indexOf(id)] = 'later';
  }
  return ids.map((id, n) => ({ id, outcome: outcomes[n]! }));
}

/** A letter is copied once; an entry once by each operation. */
function markerOf({ stream, what, terms }: CopyCommand, id: string): string {
  const source = what === 'letters' ? ['dead', stream] : ['replay', terms.operation, stream];
  return [...source, id, 0].map((part) => encodeURIComponent(part)).join(':');
}
