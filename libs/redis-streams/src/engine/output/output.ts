import type { ResolvedOutputOptions } from '../../options/tables/output-options.js';
import type { RunOutput } from '../../model/ports/output.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import { PASSING_RECORD_TTL_MS } from '../../wire/tasks/task-record.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { EngineEvents } from '../events.js';
import type { Run } from '../state/deliveries/delivery.js';
import { sendOnce } from './send-once.js';
import { type Sender, Writer } from './writer.js';

/** A run that nobody watches writes so often, in milliseconds: all that matters is that it is kept. */
const UNWATCHED_FLUSH_MS = 250;
/**
 * So many watched runs that began one after the other are sent together, and such lots in turn, evenly over the time between two flushes: were
 * hundreds of runs sent at once, what each writes would wait for all others, here, in Redis and where it is watched.
 */
const RUNS_OF_A_LOT = 40;
const LOTS = 5;
/** Progress is written no more often than that, in milliseconds. */
const PROGRESS_EVERY_MS = 250;
/** What Redis refused as the entry is not the run's is tried again so much later, in milliseconds. */
const REFUSED_AGAIN_MS = 250;
/** So much goes into one call, that Redis is not held up: runs, and bytes of what they write. */
const MOST_RUNS = 200;
const MOST_BYTES = 262_144;

/** What Redis refuses for so long, it will go on to refuse, in milliseconds. */
const REFUSED_FOR_MS = 10_000;

/**
 * What the runs of a subscription write while they go on: chunks of output, and progress. It is gathered, and sent by one timer for all, one
 * call under way at a time: the busier Redis is, the more each carries. What could not be sent is sent again, which is safe as it has its place
 * in the output, until it is, or until the run has lost its entry.
 */
export class Output implements Sender {
  private readonly due = new Set<Writer>();
  private readonly ttlMs: number;
  /** Whose words are on their way. */
  private sending: readonly Writer[] | undefined;
  private isClosed = false;
  private timer: NodeJS.Timeout | undefined;
  private timerAt = Infinity;
  /** That have begun so far. */
  private runs = 0;

  constructor(
    private readonly options: ResolvedOutputOptions | undefined,
    private readonly group: RunOutput,
    private readonly events: EngineEvents,
  ) {
    this.ttlMs = Math.max(PASSING_RECORD_TTL_MS, options?.ttlMs ?? 0);
  }

  /** What a run writes through. Where it keeps chunks, it is opened at once, so that who watches an earlier run hears of it. */
  writer(run: Run): Writer {
    const writer = new Writer(run, this.options, this);
    writer.phase = (Math.floor(this.runs++ / RUNS_OF_A_LOT) % LOTS) / LOTS;
    if (this.options && writer.isHeld) this.dueAt(writer, performance.now());
    return writer;
  }

  wrote(writer: Writer): void {
    const now = performance.now();
    const { options, unsent, unsentBytes, note, hasEnded } = writer;
    if (writer.refusedAt !== undefined) return this.dueAt(writer, now + REFUSED_AGAIN_MS);
    if (hasEnded) return this.dueAt(writer, now);
    if (note !== undefined) this.dueAt(writer, Math.max(now, writer.notedAt + PROGRESS_EVERY_MS));
    if (!options || unsent.length === 0) return;
    if (unsentBytes >= options.flushBytes) return this.dueAt(writer, now);
    const { flushMs } = options;
    if (!writer.isWatched) return this.dueAt(writer, nextIn(now, Math.max(flushMs, UNWATCHED_FLUSH_MS), 0));
    this.dueAt(writer, flushMs === 0 ? now : nextIn(now, flushMs, writer.phase));
  }

  remark(run: Run, text: string): void {
    this.events.emit({ type: 'runRemark', run, text });
  }

  /** What is not sent yet is not sent any more. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
    for (const writer of [...this.due, ...(this.sending ?? [])]) writer.lose();
    this.due.clear();
  }

  private dueAt(writer: Writer, at: number): void {
    if (this.isClosed) return writer.lose();
    if (at >= writer.dueAt) return;
    writer.dueAt = at;
    this.due.add(writer);
    this.wakeAt(at);
  }

  private wakeAt(at: number): void {
    if (this.sending || this.isClosed || at >= this.timerAt) return;
    clearTimeout(this.timer);
    this.timerAt = at;
    this.timer = setTimeout(() => void this.sendDue(), Math.max(0, at - performance.now())).unref();
  }

  private async sendDue(): Promise<void> {
    this.timerAt = Infinity;
    const writers = this.takeDue();
    this.sending = writers;
    await this.send(writers);
    this.sending = undefined;
    for (const writer of writers) if (writer.hasUnsent) this.wrote(writer);
    let next = Infinity;
    for (const { dueAt } of this.due) next = Math.min(next, dueAt);
    this.wakeAt(next);
  }

  private async send(writers: readonly Writer[]): Promise<void> {
    const retryDelay = new RetryDelay();
    const giveUpAt = performance.now() + REFUSED_FOR_MS;
    while (!this.isClosed) {
      try {
        return await sendOnce(this.group, writers, this.ttlMs);
      } catch (error) {
        if (isRefusal(error) && performance.now() >= giveUpAt) return this.giveUp(writers, failureText(error));
      }
      await retryDelay.wait();
    }
  }

  /** Nobody gets to see it, and what the task does is not worth less for that. */
  private giveUp(writers: readonly Writer[], reason: string): void {
    for (const writer of writers) {
      if (writer.isHeld) this.remark(writer.of, `Redis does not take its output, which is dropped: ${reason}`);
      writer.lose();
    }
  }

  /** As much as goes into one call. */
  private takeDue(): Writer[] {
    const now = performance.now() + 1;
    const taken: Writer[] = [];
    let bytes = 0;
    for (const writer of this.due) {
      if (writer.dueAt > now || taken.length >= MOST_RUNS || bytes >= MOST_BYTES) continue;
      taken.push(writer);
      bytes += writer.unsentBytes;
      writer.dueAt = Infinity;
      this.due.delete(writer);
    }
    return taken;
  }
}

/** When the span of the clock ends that this moment is in: all that the runs of a lot write within one goes together. */
function nextIn(now: number, everyMs: number, phase: number): number {
  return (Math.floor(now / everyMs - phase) + 1 + phase) * everyMs;
}

/** Redis has answered, and it is no matter of finding the right server or group. */
function isRefusal(error: unknown): boolean {
  return ['forbidden', 'wrong-type', 'refused'].includes(failureKindOf(error));
}
