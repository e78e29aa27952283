import { ReplyError } from 'ioredis';
import type { CopyCommand, CopyOutcome, Revived } from '../../model/ports/admin/revival.js';
import type { RedisClient } from '../connections/redis-client.js';
import { deliverScript, type DeliverScriptReply } from '../group/forwards/deliver.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { DEADLINE_OF } from '../lua/tasks/deadline.js';
import { COPIED_FIELDS } from './copied-fields.js';
import { LIFE } from './life.js';
import { assertFew, MOST_BYTES } from './revival-call.js';

/** That something was copied is known for a day: whoever asks again copies nothing twice. */
const MARKER_TTL_MS = 24 * 3_600_000;
/** What was read so long ago, in milliseconds, is not copied any more: somebody else may have redriven it since. */
const IN_TIME_MS = 60_000;

/**
 * Reads what the copies of entries are to be.
 *
 * KEYS 1 where they are
 * ARGV 1 JSON of what lives begin with, 2 their deadline (as `reviveArguments` has it), 3 JSON of the stream's name, then the ids
 * Returns { server time, for each: why it is not copied, or names and values in turn }.
 */
const readScript = script(`
local terms, newDeadline, stream = ARGV[1], ARGV[2], cjson.decode(ARGV[3])[1]
${SERVER_NOW}
${DEADLINE_OF}
${LIFE}
${COPIED_FIELDS}
local bytes = 0
local function read(id)
  if bytes >= ${MOST_BYTES} then return 'later' end
  local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
  if not entry then return 'gone' end
  local flat = entry[2]
  for i = 1, #flat do bytes = bytes + #flat[i] end
  local life = newLife(terms)
  goOnFrom(life, fieldsOf(flat))
  life.isReplay, life.origin = true, life.origin or { stream = stream, id = id }
  local deadline = deadlineFor(newDeadline, flat)
  if deadline and deadline <= now then return 'past-deadline' end
  return copiedFields(flat, cjson.encode(life), deadline) or 'too-wide'
end
local found = {}
for i = 4, #ARGV do found[#found + 1] = read(ARGV[i]) end
return { now, found }
`);

type Found = CopyOutcome | string[];

/**
 * Copies tasks to a stream: first read, then added, each behind a marker that tells that it was. So it may be asked for again whatever has failed
 * in between, and the streams need not share a server.
 */
export async function copy(
  client: RedisClient,
  keys: Keys,
  command: CopyCommand,
): Promise<readonly Revived<CopyOutcome>[]> {
  const { stream, target, ids, terms, isDry } = command;
  assertFew(ids);
  const { deadline = '', ...life } = terms;
  const args = [JSON.stringify(life), deadline, JSON.stringify([stream])];
  const [now, found] = await runScript<[number, Found[]]>(client, readScript, [keys.stream(stream)], [...args, ...ids]);

  const outcomes = found.map((each) => (typeof each === 'string' ? each : 'copied'));
  const names = [keys.stream(target)];
  const fields: (string | number)[] = [];
  const copied: string[] = [];
  found.forEach((each, n) => {
    if (typeof each === 'string') return;
    copied.push(ids[n]!);
    names.push(keys.marker(target, markerOf(command, ids[n]!)));
    fields.push(each.length, ...each);
  });
  if (copied.length > 0 && !isDry) {
    const call = [now + IN_TIME_MS, MARKER_TTL_MS, MARKER_TTL_MS, copied.length, ...fields];
    const [, added, refusal] = await runScript<DeliverScriptReply>(client, deliverScript, names, call);
    // What was added is told, so that the caller goes on after it: markers do not stay for ever.
    if (refusal && added.length === 0) throw new ReplyError(refusal);
    for (const id of copied.slice(added.length)) outcomes[ids.indexOf(id)] = 'later';
  }
  return ids.map((id, n) => ({ id, outcome: outcomes[n]! }));
}

/** An entry is copied once by each operation. */
function markerOf({ stream, terms }: CopyCommand, id: string): string {
  return ['replay', terms.operation, stream, id, 0].map((part) => encodeURIComponent(part)).join(':');
}
