import { type ChildProcess, execFileSync, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { ClusterConnectionOptions, ScheduleWhen, StreamHandlerOptions } from 'nestjs-redis-streams';
import { eventually } from './eventually.js';
import { type Scraped, scraped } from './metrics.js';

/** What a worker process is to do. */
export interface WorkerConfig {
  readonly stream: string;
  readonly options?: Omit<StreamHandlerOptions, 'startFrom'>;
  /** How long each run takes, in milliseconds. Default 0. */
  readonly taskMs?: number;
  /** How long each run blocks the event loop, in milliseconds. Default 0. */
  readonly busyMs?: number;
  /** Its handler streams so many tokens, `token 0` and so on, one every `taskMs` (default 0); its result is how many those were. */
  readonly tokens?: number;
  /** It declares such a schedule on its stream, too. */
  readonly schedule?: ScheduleWhen;
  /** Its clock is so many milliseconds ahead, or behind. */
  readonly clockOffMs?: number;
  /** It answers scrapes over http: `WorkerProcess.scrape`. */
  readonly hasMetrics?: boolean;
  readonly url?: string;
  /** Of a cluster, instead of `url`. */
  readonly cluster?: ClusterConnectionOptions;
  /** Runs the built library instead of its source: threads cannot run TypeScript. `buildLibrary` first. */
  readonly isBuilt?: boolean;
}

/** What an entry may ask of the worker that runs it. */
export interface WorkerTask {
  /** How long this run takes, in milliseconds, instead of the worker's `taskMs`. */
  readonly workMs?: string;
  /** The run kills its process so many milliseconds after its start, each time. */
  readonly killsAfterMs?: string;
  /** The run ends, with an error, when its signal aborts. */
  readonly untilAborted?: string;
  /** The run of this delivery count kills its process when its handler has returned, before it is settled. */
  readonly killsAtEndOf?: string;
  /** A stream that the run forwards itself to, with the payload `{ of: <task id> }`. */
  readonly forwardsTo?: string;
}

/** What the worker's handler returns. */
export interface WorkerResult {
  readonly pid: number;
  readonly deliveryCount: number;
}

export interface WorkerEvent {
  readonly event: 'ready' | 'started' | 'finished' | 'aborted' | 'log';
  readonly entryId?: string;
  readonly deliveryCount?: number;
  readonly message?: string;
  /** Of an abort: when it was noticed, in epoch milliseconds. */
  readonly at?: number;
  /** Of one that is ready and answers scrapes: where. */
  readonly port?: number;
}

/** A real worker in a process of its own, to be killed or frozen. */
export class WorkerProcess {
  readonly events: WorkerEvent[] = [];
  readonly ended: Promise<unknown>;

  constructor(readonly process: ChildProcess) {
    process.on('message', (event: WorkerEvent) => this.events.push(event));
    this.ended = new Promise((resolve) => process.once('exit', resolve));
  }

  started(entryId?: string): WorkerEvent[] {
    return this.events.filter((event) => event.event === 'started' && (!entryId || event.entryId === entryId));
  }

  finished(entryId?: string): WorkerEvent[] {
    return this.events.filter((event) => event.event === 'finished' && (!entryId || event.entryId === entryId));
  }

  aborted(entryId: string): WorkerEvent | undefined {
    return this.events.find((event) => event.event === 'aborted' && event.entryId === entryId);
  }

  logged(pattern: RegExp): boolean {
    return this.events.some(({ event, message }) => event === 'log' && pattern.test(message!));
  }

  /** What it tells who scrapes it. Rejects where it does not answer within a second. */
  async scrape(): Promise<Scraped> {
    const port = this.events.find(({ event }) => event === 'ready')?.port;
    const response = await fetch(`http://127.0.0.1:${port}/metrics`, { signal: AbortSignal.timeout(1_000) });
    return scraped(await response.text());
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

/** Starts a worker and waits until it consumes; killed with the test. */
export async function startWorker(config: WorkerConfig): Promise<WorkerProcess> {
  const child = fork(new URL('./worker-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: {
      ...process.env,
      WORKER: JSON.stringify(config),
      ...(config.isBuilt && { TSX_TSCONFIG_PATH: fileURLToPath(new URL('./tsconfig.built.json', import.meta.url)) }),
    },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const worker = new WorkerProcess(child);
  onTestFinished(() => worker.kill());
  await eventually(() => worker.events.some(({ event }) => event === 'ready'), 45_000);
  return worker;
}

/** Compiles the library as a release would. */
export function buildLibrary(): void {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'libs/redis-streams/tsconfig.lib.json']);
}
