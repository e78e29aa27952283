import { randomBytes } from 'node:crypto';
import type { OperationKind } from '../../../model/operations/operation.js';
import type {
  NewOperation,
  OperationLookout,
  OperationStore,
  StoredOperation,
} from '../../../model/ports/admin/operations.js';
import { goesOnToBeRefused } from '../../../model/ports/redis-failure.js';
import { Alarm } from '../../../timing/alarm.js';
import { OperationRun } from './operation-run.js';
import type { WorkOf } from './operation-work.js';

/** How often a stream is looked at for operations that nobody goes on with, in milliseconds: while there are some, and else. */
const LOOK_SOON_MS = 1_000;
const LOOK_LATER_MS = 5_000;
/** A process that has been asked about more streams looks after these only. */
const MOST_TENDED = 100;

/** How to do what, by kind. */
export type Works = Readonly<Record<OperationKind, WorkOf>>;

interface Parts {
  readonly store: OperationStore;
  /** Asked now and then, over a connection that is there anyway. */
  readonly lookout: OperationLookout;
  readonly processName: string;
  readonly works: Works;
}

interface Running {
  readonly run: OperationRun;
  readonly ended: Promise<void>;
}

/**
 * Goes on with the operations of this process, and with those that others have left: of the streams that it consumes, has started operations of,
 * or has been asked about.
 */
export class OperationRunner {
  private readonly running = new Map<string, Running>();
  private readonly tended = new Set<string>();
  private readonly alarm = new Alarm(() => void this.look());
  private isStopped = false;

  constructor(private readonly parts: Parts) {}

  /** @returns the operation that keeps it from starting; undefined where it was started, and goes on here */
  async start(stream: string, operation: Omit<NewOperation, 'id'>, id: string): Promise<StoredOperation | undefined> {
    const rival = await this.parts.store.start(stream, { ...operation, id });
    if (!rival) await this.goOn(stream, id);
    return rival;
  }

  /** Goes on with an operation, unless another process does. */
  async goOn(stream: string, id: string): Promise<void> {
    this.tend(stream);
    const key = `${stream} ${id}`;
    if (this.isStopped || this.running.has(key)) return;
    const { store, processName, works } = this.parts;
    const hold = { stream, operationId: id, holder: `${processName}#${randomBytes(6).toString('hex')}` };
    const operation = await store.hold(hold);
    if (!operation) return;
    const run = new OperationRun(store, hold, operation, works[operation.kind](stream, operation));
    // It may have been meanwhile.
    if (this.isStopped) run.stop();
    const ended = run.run().finally(() => this.running.delete(key));
    this.running.set(key, { run, ended });
  }

  /** From now on, operations of this stream that nobody goes on with are gone on with here. */
  tend(stream: string): void {
    if (this.isStopped || this.tended.has(stream) || this.tended.size >= MOST_TENDED) return;
    this.tended.add(stream);
    this.alarm.noLaterThan(performance.now() + LOOK_SOON_MS);
  }

  /** Leaves all to others. @returns when the parts that are under way are done */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.alarm.stop();
    const all = [...this.running.values()];
    for (const { run } of all) run.stop();
    await Promise.all(all.map(({ ended }) => ended));
  }

  private async look(): Promise<void> {
    const parts = this.tended.size > 0 ? this.parts.lookout.asOneQuestion([...this.tended]) : [];
    const busy = (await Promise.all(parts.map((streams) => this.busyAmong(streams)))).flat();
    await Promise.all(busy.map((stream) => this.goOnWithAll(stream)));
    if (this.isStopped) return;
    const everyMs = busy.length > 0 ? LOOK_SOON_MS : LOOK_LATER_MS;
    // Not all processes at the same time.
    this.alarm.noLaterThan(performance.now() + everyMs * (0.75 + Math.random() / 2));
  }

  private async busyAmong(streams: readonly string[]): Promise<readonly string[]> {
    try {
      return await this.parts.lookout.busyAmong(streams);
    } catch (error) {
      if (!goesOnToBeRefused(error)) return [];
      if (streams.length > 1) return (await Promise.all(streams.map((stream) => this.busyAmong([stream])))).flat();
      // Who must not look leaves it to those who may.
      this.tended.delete(streams[0]!);
      return [];
    }
  }

  private async goOnWithAll(stream: string): Promise<void> {
    try {
      for (const id of await this.parts.store.active(stream)) {
        // oxlint-disable-next-line no-await-in-loop -- a few
        await this.goOn(stream, id);
      }
    } catch (error) {
      if (goesOnToBeRefused(error)) this.tended.delete(stream);
    }
  }
}
