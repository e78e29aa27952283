import type { AddOutcome } from '../../model/errors/add-bulk-error.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { AppendCommand, Appender } from '../../model/ports/append.js';
import { charactersOf } from './entry-size.js';

/** Most entries, and about most characters, that go out together. */
const CHUNK_ENTRIES = 500;
const CHUNK_CHARACTERS = 1_000_000;

/**
 * Appends any number of entries, in order. What comes after a chunk that Redis did not answer is not sent.
 * @returns an outcome for each, in order; never rejects
 */
export async function appendInChunks(
  appender: Appender,
  stream: string,
  commands: readonly AppendCommand[],
): Promise<AddOutcome[]> {
  const outcomes: AddOutcome[] = [];
  let underWay: Promise<AddOutcome[]> = Promise.resolve([]);
  const inTurns = commands.some(({ admission }) => admission);
  for (const chunk of chunksOf(commands)) {
    const previous = underWay;
    // Adds with an admission go their own way, and may be sent again: the next would overtake them.
    if (inTurns && (await previous).some(isUnanswered)) break;
    // Two are under way, one in Redis and one here: more would only fill the memory when Redis is slow.
    underWay = appender.appendAll(stream, chunk);
    for (const outcome of await previous) outcomes.push(outcome);
    if (outcomes.some(isUnanswered)) break;
  }
  for (const outcome of await underWay) outcomes.push(outcome);
  while (outcomes.length < commands.length) {
    outcomes.push({ error: new RedisUnavailableError('Not sent, as Redis did not answer for an earlier part.') });
  }
  return outcomes;
}

function isUnanswered({ error }: AddOutcome): boolean {
  return error instanceof RedisUnavailableError;
}

function* chunksOf(commands: readonly AppendCommand[]): Generator<AppendCommand[]> {
  let chunk: AppendCommand[] = [];
  let characters = 0;
  for (const command of commands) {
    const isFull = chunk.length === CHUNK_ENTRIES || characters >= CHUNK_CHARACTERS;
    if (isFull || (chunk[0] && !chunk[0].admission !== !command.admission)) {
      yield chunk;
      chunk = [];
      characters = 0;
    }
    chunk.push(command);
    characters += charactersOf(command.fields);
  }
  if (chunk.length > 0) yield chunk;
}
