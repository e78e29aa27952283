import type { OutputReply, RunOutput } from '../../model/ports/output.js';
import type { Ownership } from '../../model/ports/settlement.js';
import type { Writer } from './writer.js';

/** So many entries of a run go into one call, that Redis is not held up. */
const MOST_ENTRIES = 1_000;

/**
 * Sends what writers have to send; those that have lost their entry send nothing any more. What is not answered may be sent again, and
 * what is refused as somebody else has the entry, or nobody while a lost group is restored, is tried again until its lease is known to be lost.
 * What is spread comes last: see "What V8 keeps" in docs/performance.md.
 */
export async function sendOnce(group: RunOutput, writers: readonly Writer[], ttlMs: number): Promise<void> {
  await open(group, writers, ttlMs);
  await note(group, writers);
  await append(group, writers, ttlMs);
}

async function open(group: RunOutput, writers: readonly Writer[], ttlMs: number): Promise<void> {
  const unopened = held(writers).filter(({ isOpen }) => !isOpen);
  if (unopened.length === 0) return;
  const runs = await group.openRuns(unopened.map((writer) => ({ ttlMs, ...ownership(writer) })));
  for (const writer of unopened) {
    const run = runs.get(writer.of.entryId);
    if (run === undefined) writer.refused();
    else writer.opened(run);
  }
}

async function note(group: RunOutput, writers: readonly Writer[]): Promise<void> {
  const noted = held(writers).filter((writer) => writer.isOpen && writer.note !== undefined);
  if (noted.length === 0) return;
  const values = noted.map((writer) => writer.note!);
  const reply = await group.keepProgress(noted.map((writer, n) => ({ value: values[n]!, ...ownership(writer) })));
  heed(reply, noted);
  noted.forEach((writer, n) => {
    if (reply.lost.has(writer.of.entryId)) return;
    writer.notedAt = performance.now();
    writer.place(values[n]!);
    if (writer.note === values[n]) writer.note = undefined;
    // Where nothing else is to be sent, whoever waits for that goes on.
    writer.sent(0);
  });
}

async function append(group: RunOutput, writers: readonly Writer[], ttlMs: number): Promise<void> {
  const full = held(writers).filter(({ isOpen, unsent }) => isOpen && unsent.length > 0);
  if (full.length === 0) return;
  const flushes = full.map((writer) => ({
    run: writer.run!,
    from: writer.position,
    entries: writer.unsent.slice(0, 2 * MOST_ENTRIES),
    ...ownership(writer),
  }));
  const reply = await group.appendOutput(flushes, ttlMs);
  heed(reply, full);
  full.forEach((writer, n) => {
    if (!reply.lost.has(writer.of.entryId)) writer.sent(flushes[n]!.entries.length / 2);
  });
}

function held(writers: readonly Writer[]): readonly Writer[] {
  for (const writer of writers) if (!writer.isHeld) writer.lose();
  return writers.filter(({ isLost }) => !isLost);
}

function ownership({ of: { entryId, deliveryCount } }: Writer): Ownership {
  return { entryId, deliveryCount };
}

function heed({ lost, watched }: OutputReply, writers: readonly Writer[]): void {
  for (const writer of writers) {
    writer.isWatched = watched.has(writer.of.entryId);
    if (lost.has(writer.of.entryId)) writer.refused();
  }
}
