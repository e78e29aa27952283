import { type ChildProcess, fork } from 'node:child_process';
import type {
  ConsumerOrder,
  ConsumerReport,
  ConsumerResult,
  MeasureOrder,
  PacedOrder,
  PerformerOrder,
  PerformerResult,
  ProducerOrder,
  WaiterOrder,
  WaiterResult,
  WatcherOrder,
  WatcherResult,
} from './orders.js';

/** So long may a child be silent before the benchmark gives up, rather than hang. */
const SILENCE_MS = 180_000;

/** Runs a producer to its end. @returns milliseconds for the measured tasks */
export async function runProducer(order: ProducerOrder): Promise<number> {
  const child = start('producer', order);
  try {
    return (await nextMessage(child)) as number;
  } finally {
    await end(child);
  }
}

/** Runs a paced producer to its end. */
export async function runPacedProducer(order: PacedOrder): Promise<void> {
  const child = start('paced-producer', order);
  try {
    await nextMessage(child);
  } finally {
    await end(child);
  }
}

/** A consumer in a process of its own. */
export class ConsumerChild {
  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when it consumes. */
  static async start(order: ConsumerOrder): Promise<ConsumerChild> {
    const consumer = new ConsumerChild(start('consumer', order));
    await consumer.next('ready');
    return consumer;
  }

  /** Resolves when the warm-up is over: from then on it holds on to what it gets. */
  async isWarm(): Promise<void> {
    await this.next('warm');
  }

  /** Lets it go. With `idleMs` it is measured for so long, whatever it does. */
  async measure(idleMs?: number): Promise<ConsumerResult> {
    this.child.send({ idleMs });
    return (await this.next('done')) as ConsumerResult & { is: 'done' };
  }

  stop(): Promise<void> {
    return end(this.child);
  }

  private async next(is: ConsumerReport['is']): Promise<ConsumerReport> {
    const report = (await nextMessage(this.child)) as ConsumerReport;
    if (report.is !== is) throw new Error(`A consumer reported '${report.is}' where '${is}' was due.`);
    return report;
  }
}

/** A process that is measured while it does what it does. */
export class MeasuredChild<Result> {
  private constructor(private readonly child: ChildProcess) {}

  static performer(order: PerformerOrder): Promise<MeasuredChild<PerformerResult>> {
    return MeasuredChild.start('performer', order);
  }

  static watcher(order: WatcherOrder): Promise<MeasuredChild<WatcherResult>> {
    return MeasuredChild.start('watcher', order);
  }

  static waiter(order: WaiterOrder): Promise<MeasuredChild<WaiterResult>> {
    return MeasuredChild.start('waiter', order, ['--expose-gc']);
  }

  async measure(how: MeasureOrder): Promise<Result> {
    this.child.send(how);
    return (await nextMessage(this.child)) as Result;
  }

  stop(): Promise<void> {
    return end(this.child);
  }

  private static async start<Result>(...[script, order, flags]: Parameters<typeof start>) {
    const child = start(script, order, flags);
    await nextMessage(child);
    return new MeasuredChild<Result>(child);
  }
}

type Script = 'consumer' | 'producer' | 'paced-producer' | 'performer' | 'watcher' | 'waiter';

function start(script: Script, order: object, flags: string[] = []): ChildProcess {
  // Compiled, as in production: what a loader adds to each function call is not what is measured.
  const program = new URL(`../dist/children/${script}.js`, import.meta.url);
  return fork(program, [JSON.stringify(order)], { execArgv: flags });
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => settle(() => reject(new Error(`No word for ${SILENCE_MS} ms.`))), SILENCE_MS);
    const onMessage = (message: unknown) => settle(() => resolve(message));
    const onExit = (code: number | null) => settle(() => reject(new Error(`A child ended early, with code ${code}.`)));
    function settle(how: () => void): void {
      clearTimeout(giveUp);
      child.off('message', onMessage).off('exit', onExit);
      how();
    }
    child.on('message', onMessage).on('exit', onExit);
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
