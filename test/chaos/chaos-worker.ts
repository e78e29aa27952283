import type { ChildProcess } from 'node:child_process';
import { startChild } from './child-process.js';
import { now } from './clock.js';
import type { Death } from './fault-journal.js';
import type { Question, WorkerConfig, WorkerMessage } from './messages.js';

export interface WorkerListener {
  heard(worker: ChaosWorker, message: WorkerMessage): void;
  ended(worker: ChaosWorker, death: Death & { readonly wasReady: boolean; readonly exit: string }): void;
}

const RESTART_AFTER_MS = 100;

/** One worker, started again whenever its process ends, as a supervisor does. */
export class ChaosWorker {
  isReady = false;
  private lives = 0;
  private child: ChildProcess | undefined;
  private expected: Death['how'] = 'unexpected';
  private ending: Promise<void> = Promise.resolve();
  private isRetired = false;

  constructor(
    readonly number: number,
    private readonly config: WorkerConfig,
    private readonly listener: WorkerListener,
  ) {}

  /** The name of the process that runs now, or last ran. */
  get label(): string {
    return `w${this.number}#${this.lives}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    if (this.isRetired) return;
    this.lives++;
    this.expected = 'unexpected';
    this.isReady = false;
    const child = startChild('./worker-main.ts', { CHAOS_WORKER: JSON.stringify(this.config) });
    this.child = child;
    child.on('message', (message: WorkerMessage) => {
      if (message.event === 'ready') this.isReady = true;
      this.listener.heard(this, message);
    });
    // 'close' would wait for nothing more: messages that were sent before the end have arrived by 'disconnect'.
    const gone = Promise.all([
      new Promise<string>((resolve) => child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`))),
      new Promise<void>((resolve) => child.once('disconnect', resolve)),
    ]);
    this.ending = gone.then(([exit]) => {
      const wasReady = this.isReady;
      this.isReady = false;
      this.child = undefined;
      this.listener.ended(this, { at: now(), how: this.expected, wasReady, exit });
      setTimeout(() => this.start(), RESTART_AFTER_MS);
    });
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.expected = 'killed';
    this.child?.kill('SIGKILL');
    await this.ending;
  }

  /** SIGTERM; resolves when it is gone, to false when it had to be killed for it. */
  async terminate(withinMs: number): Promise<boolean> {
    const { child } = this;
    if (!child) return true;
    this.expected = 'terminated';
    child.kill('SIGTERM');
    let inTime = true;
    const timer = setTimeout(() => {
      inTime = false;
      child.kill('SIGKILL');
    }, withinMs);
    await this.ending;
    clearTimeout(timer);
    return inTime;
  }

  /** Ends for good. */
  retire(withinMs: number): Promise<boolean> {
    this.isRetired = true;
    return this.terminate(withinMs);
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  ask(question: Question): void {
    this.child?.send(question, () => undefined);
  }
}
