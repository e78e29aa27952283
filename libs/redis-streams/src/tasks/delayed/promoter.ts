import type { Log } from '../../model/log.js';
import type { DelayedTasks, PromoteReply, Promotion } from '../../model/ports/tasks/delayed.js';
import { DelayedStream, type PromotionReport } from './delayed-stream.js';

/**
 * Lets the delayed tasks enter their streams when they are due: of the streams that this process consumes, at once; of those that it
 * has added delayed tasks to, where nobody else has done so in time.
 */
export class Promoter implements Promotion, PromotionReport {
  private readonly streams = new Map<string, DelayedStream>();
  /** Why each stream takes none, as far as that was told. */
  private readonly told = new Map<string, string>();

  constructor(
    private readonly store: Pick<DelayedTasks, 'promote'>,
    private readonly log: Log,
  ) {}

  consume(stream: string): () => void {
    return this.of(stream).consume();
  }

  expect(stream: string, inMs: number): void {
    this.of(stream).expect(inMs);
  }

  look(stream: string): void {
    this.of(stream).lookOnce(0);
  }

  /** This process has added a delayed task, or changed the time of one. */
  added(stream: string, inMs: number): void {
    this.of(stream).expect(inMs, true);
  }

  /** This process has begun to add tasks to a stream: it looks once whether delayed ones were left there that nobody sees to. */
  used(stream: string): void {
    this.of(stream).lookOnce();
  }

  /** Nothing enters by this process any more. */
  close(): void {
    for (const stream of this.streams.values()) stream.close();
  }

  looked(stream: string, { refused, setAside }: PromoteReply): void {
    for (const { id, reason, deadLetterId } of setAside) {
      const where = deadLetterId
        ? `it is the dead letter ${deadLetterId} now`
        : 'it comes again, as no dead letter can be written';
      this.log.error(`The delayed task ${id} of '${stream}' cannot be run, as ${reason}: ${where}.`);
    }
    if (refused !== undefined) return this.failed(stream, refused);
    if (this.told.delete(stream)) this.log.log(`Delayed tasks enter '${stream}' again.`);
  }

  failed(stream: string, reason: string): void {
    if (this.told.get(stream) === reason) return;
    this.told.set(stream, reason);
    this.log.warn(`Delayed tasks that are due cannot enter '${stream}'; it is tried on: ${reason}.`);
  }

  private of(stream: string): DelayedStream {
    let found = this.streams.get(stream);
    if (!found) {
      found = new DelayedStream({ stream, store: this.store, report: this });
      this.streams.set(stream, found);
    }
    return found;
  }
}
