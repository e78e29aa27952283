import { setTimeout as wait } from 'node:timers/promises';
import { RedisUnavailableError, type StreamTasks, TaskFailedError, WaitTimeoutError } from 'nestjs-redis-streams';
import { take } from 'rxjs';
import { now } from '../clock.js';
import type { Answer, ProducerMessage } from '../messages.js';
import { between, type Random } from '../random.js';
import type { ChaosTask } from '../tasks.js';
import type { FollowUp } from './follow-up.js';
import type { WaitKind, WaitOutcome } from './wait.js';
import { WatchLog } from './watch-log.js';

/** Short enough that many waits time out, and are begun again. */
const WAIT_MS = 5_000;
const CANCEL_AGAIN_MS = 100;
const MOST_EVENTS_AT_ONCE = 12;

/** A task in its stream. */
export interface Place {
  readonly stream: string;
  readonly task: ChaosTask;
  readonly id: string;
}

/** Waits for tasks, watches and cancels them, and tells how that ended. */
export class Follower {
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly tasks: StreamTasks,
    private readonly random: Random,
    private readonly tell: (message: ProducerMessage) => void,
  ) {}

  /** Resolves when nobody waits for anything any more. */
  async allEnded(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  follow(place: Place, { awaits, watches, cancelAfterMs }: FollowUp): void {
    if (awaits === 'result') this.begin('result', place, () => this.result(place, 0));
    if (watches) this.begin('watch', place, () => this.watch(place));
    if (cancelAfterMs === undefined) return;
    this.track(wait(cancelAfterMs).then(() => this.begin('cancel', place, () => this.cancel(place))));
  }

  /** The wait of a task that is added with it: what became of the add is told by `added`, or thrown. */
  async run(
    { stream, task }: Omit<Place, 'id'>,
    options: { readonly minReplicas: number; readonly ttlMs: number | undefined },
    added: (id: string) => void,
  ): Promise<void> {
    const { n } = task;
    const ended = (id: string | undefined, outcome: WaitOutcome) =>
      this.tell({ event: 'wait ended', at: now(), kind: 'run', stream, n, id, outcome });
    this.tell({ event: 'wait began', at: now(), kind: 'run', stream, n });
    try {
      const answer = await this.tasks.run<Answer>(stream, task, { ...options, timeoutMs: WAIT_MS });
      if (answer) added(answer.entryId);
      ended(answer?.entryId, { kind: 'result', text: answer?.text, timeouts: 0 });
    } catch (error) {
      if (error instanceof WaitTimeoutError) {
        const { taskId: id } = error;
        added(id);
        this.track(caught(this.result({ stream, task, id }, 1)).then((outcome) => ended(id, outcome)));
      } else if (error instanceof TaskFailedError) {
        added(error.task.id);
        ended(error.task.id, { kind: 'failed', state: error.task.state, timeouts: 0 });
      } else {
        ended(undefined, { kind: 'not added' });
        throw error;
      }
    }
  }

  private begin(kind: WaitKind, { stream, task: { n }, id }: Place, follow: () => Promise<WaitOutcome>): void {
    this.tell({ event: 'wait began', at: now(), kind, stream, n });
    this.track(
      caught(follow()).then((outcome) => this.tell({ event: 'wait ended', at: now(), kind, stream, n, id, outcome })),
    );
  }

  private track(following: Promise<void>): void {
    const tracked = following.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async result({ stream, id }: Place, timeouts: number): Promise<WaitOutcome> {
    for (; ; timeouts++) {
      try {
        const answer = await this.tasks.result<Answer>(stream, id, { timeoutMs: WAIT_MS });
        return { kind: 'result', text: answer?.text, timeouts };
      } catch (error) {
        if (error instanceof TaskFailedError) return { kind: 'failed', state: error.task.state, timeouts };
        if (!(error instanceof WaitTimeoutError)) throw error;
      }
    }
  }

  /** Leaves after some events, and goes on from the last one's cursor, until the end. */
  private async watch({ stream, id }: Place): Promise<WaitOutcome> {
    const log = new WatchLog();
    let from: string | undefined;
    for (;;) {
      const most = Math.ceil(between(this.random, 0, MOST_EVENTS_AT_ONCE));
      let seen = 0;
      await new Promise<void>((resolve, reject) => {
        this.tasks
          .watch(stream, id, { from })
          .pipe(take(most))
          .subscribe({
            next: (event) => {
              seen++;
              from = event.cursor;
              log.see(event);
            },
            complete: resolve,
            error: reject,
          });
      });
      if (log.hasEnded || seen < most) return log.outcome;
      log.resumed++;
    }
  }

  private async cancel({ stream, id }: Place): Promise<WaitOutcome> {
    for (;;) {
      try {
        return { kind: 'answered', outcome: await this.tasks.cancel(stream, id, { reason: 'as it happens' }) };
      } catch (error) {
        if (!(error instanceof RedisUnavailableError)) throw error;
        await wait(CANCEL_AGAIN_MS);
      }
    }
  }
}

function caught(outcome: Promise<WaitOutcome>): Promise<WaitOutcome> {
  return outcome.catch((error: unknown) => ({ kind: 'error', error: String(error) }));
}
