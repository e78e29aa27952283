import { goesOnToBeRefused, failureKindOf, failureText, RedisFailure } from '../../../model/ports/redis-failure.js';
import { RedisUnavailableError } from '../../../model/errors/errors.js';
import type { OperationHold, OperationStore, StoredOperation } from '../../../model/ports/admin/operations.js';
import { OPERATION_LEASE_MS } from '../../../model/ports/admin/operations.js';
import type { OperationState } from '../../../model/operations/operation.js';
import type { OperationWork, WorkOutcome } from './operation-work.js';
import { Pace } from './pace.js';

/** Somebody who waits says so often that he goes on: early enough to be heard in time. */
const BEAT_MS = OPERATION_LEASE_MS / 4;
/** After so long, in milliseconds, what it waits for is looked at again. */
const WAIT_MS = 500;

/** One operation that this process goes on with, until it ends, is taken over, or the process stops. */
export class OperationRun {
  private readonly stopping = new AbortController();
  private readonly pace: Pace;
  private cursor: string;
  private beatAt = performance.now();

  constructor(
    private readonly store: OperationStore,
    private readonly hold: OperationHold,
    operation: StoredOperation,
    private readonly work: OperationWork,
  ) {
    this.cursor = operation.cursor;
    this.pace = new Pace(work.rate);
  }

  /** Has it end after the part that is under way, for others to go on. */
  stop(): void {
    this.stopping.abort();
  }

  /** Never rejects. */
  async run(): Promise<void> {
    let isHeld = true;
    while (isHeld && !this.isStopping) {
      // oxlint-disable-next-line no-await-in-loop -- one part after the other
      isHeld = await this.part().catch((error: unknown) => this.failed(error));
    }
    // What cannot be said now, others learn when the lease is over.
    if (isHeld) await this.store.release(this.hold).catch(() => undefined);
  }

  private get isStopping(): boolean {
    return this.stopping.signal.aborted;
  }

  /** @returns whether it goes on here */
  private async part(): Promise<boolean> {
    const outcome = await this.work.next({ hold: this.hold, cursor: this.cursor }, this.pace.most);
    if (outcome.kind === 'acted') {
      this.cursor = outcome.to;
      this.beatAt = performance.now();
      return this.wait(this.pace.waitAfter(outcome.count), '');
    }
    return this.conclude(outcome);
  }

  private conclude(outcome: Exclude<WorkOutcome, { kind: 'acted' }>): Promise<boolean> {
    switch (outcome.kind) {
      case 'end':
        return this.end('done', '');
      case 'stop':
        return this.end('stopped', outcome.why);
      case 'wait':
        return this.wait(outcome.forMs ?? WAIT_MS, outcome.waitsFor);
      case 'lost':
        return this.holdAgain();
    }
  }

  private async end(state: OperationState, why: string): Promise<boolean> {
    await this.store.end(this.hold, state, why);
    return false;
  }

  /** A part that was sent twice, as the link broke, was done once: it goes on from where Redis says. */
  private async holdAgain(): Promise<boolean> {
    const operation = await this.store.hold(this.hold);
    if (!operation) return false;
    this.cursor = operation.cursor;
    return true;
  }

  private async wait(ms: number, waitsFor: string): Promise<boolean> {
    const until = performance.now() + ms;
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- until its time is over
      if (performance.now() - this.beatAt >= BEAT_MS && !(await this.beat(waitsFor))) return false;
      const left = until - performance.now();
      if (left <= 0 || this.isStopping) return true;
      // oxlint-disable-next-line no-await-in-loop -- as above
      await sleep(Math.min(left, BEAT_MS), this.stopping.signal);
    }
  }

  private async beat(waitsFor: string): Promise<boolean> {
    this.beatAt = performance.now();
    return (await this.store.beat(this.hold, waitsFor)) === 'done' || this.holdAgain();
  }

  /** @returns whether it goes on here */
  private async failed(error: unknown): Promise<boolean> {
    const isPassing = error instanceof RedisUnavailableError || (error instanceof RedisFailure && mayPass(error));
    if (!isPassing) return this.end('failed', failureText(error)).catch(() => false);
    // Where that cannot be said either, it is tried again all the same.
    await this.wait(WAIT_MS, failureText(error)).catch(() => sleep(WAIT_MS, this.stopping.signal));
    return true;
  }
}

function mayPass(failure: RedisFailure): boolean {
  return !goesOnToBeRefused(failure) && failureKindOf(failure) !== 'group-missing';
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms).unref();
    signal.addEventListener('abort', end);
  });
}
