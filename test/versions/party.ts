import { type ChildProcess, fork } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { onTestFinished } from 'vitest';
import type { StreamHandlerOptions } from 'nestjs-redis-streams';
import { eventually } from '../support/eventually.js';

/** What a party is. */
export interface PartyConfig {
  readonly name: string;
  /** URL of the library's entry. */
  readonly library: string;
  readonly url: string;
  readonly stream: string;
  readonly consumes: boolean;
  /** Its handler streams. */
  readonly streams?: boolean;
  readonly options?: StreamHandlerOptions;
}

/** What a task asks of its handler. */
export interface PartyTask {
  readonly n: number;
  readonly workMs?: number;
  /** Up to which delivery it fails. */
  readonly fails?: number;
  /** It dies at its first run, until its worker is told to heal. */
  readonly isSick?: boolean;
  readonly forwardsTo?: string;
  /** Of a handler that streams. */
  readonly chunks?: number;
}

export interface PartyOrder {
  readonly order: number;
  readonly does: 'add' | 'run' | 'result' | 'get' | 'cancel' | 'watch' | 'redrive' | 'replay' | 'heal';
  /** Default its own. */
  readonly stream?: string;
  readonly args: readonly unknown[];
}

export type PartyReport =
  | { readonly is: 'ready' }
  | { readonly is: 'log'; readonly text: string }
  | { readonly is: 'started' | 'finished'; readonly n: number }
  | { readonly is: 'done'; readonly order: number; readonly value: unknown }
  | { readonly is: 'failed'; readonly order: number; readonly text: string };

export type Version = 'base' | 'current';

const LIBRARIES: Record<Version, string | undefined> = {
  base: process.env.BASE_LIBRARY,
  current: process.env.CURRENT_LIBRARY,
};

/** A process of one version, to be told what to do, stopped or killed. */
export class Party {
  readonly finished: number[] = [];
  readonly logs: string[] = [];
  private orders = 0;
  private readonly waiting = new Map<number, (report: PartyReport) => void>();
  private readonly ended: Promise<unknown>;

  private constructor(
    readonly version: Version,
    private readonly process: ChildProcess,
    onReady: () => void,
  ) {
    this.ended = new Promise((resolve) => process.once('exit', resolve));
    process.on('message', (report: PartyReport) => {
      if (report.is === 'ready') onReady();
      else if (report.is === 'log') this.logs.push(report.text);
      else if (report.is === 'finished') this.finished.push(report.n);
      else if ('order' in report) this.waiting.get(report.order)?.(report);
    });
  }

  /** Resolves when it consumes; killed with the test. */
  static async start(version: Version, config: Omit<PartyConfig, 'name' | 'library'>): Promise<Party> {
    const party: PartyConfig = { ...config, name: version, library: pathToFileURL(LIBRARIES[version]!).href };
    const child = fork(new URL('./party-main.ts', import.meta.url), {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, PARTY: JSON.stringify(party) },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let isReady = false;
    const started = new Party(version, child, () => (isReady = true));
    onTestFinished(() => started.kill());
    await eventually(() => isReady, 30_000);
    return started;
  }

  add(task: PartyTask, options?: object): Promise<string> {
    return this.tell('add', task, options) as Promise<string>;
  }

  /** Calls a method of its StreamTasks, or its producer's `add`. */
  tell(does: PartyOrder['does'], ...args: unknown[]): Promise<unknown> {
    const order = ++this.orders;
    return new Promise((resolve, reject) => {
      this.waiting.set(order, (report) => {
        this.waiting.delete(order);
        if (report.is === 'done') resolve(report.value);
        if (report.is === 'failed') reject(new Error(report.text));
      });
      this.process.send({ order, does, args } satisfies PartyOrder);
    });
  }

  /** As a deploy does. */
  async stop(): Promise<void> {
    this.process.kill('SIGTERM');
    await this.ended;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}
