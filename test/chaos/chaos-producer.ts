import type { ChildProcess } from 'node:child_process';
import { startChild } from './child-process.js';
import type { ProducerConfig, ProducerMessage } from './messages.js';

/** One producer process; it lives through the whole run. */
export class ChaosProducer {
  readonly ready: Promise<void>;
  private readonly finished: Promise<void>;
  private readonly concluded: Promise<void>;
  private readonly ended: Promise<unknown>;
  private readonly child: ChildProcess;

  constructor(config: ProducerConfig, heard: (message: ProducerMessage) => void) {
    const child = startChild('./producer-main.ts', { CHAOS_PRODUCER: JSON.stringify(config) });
    this.child = child;
    this.ended = new Promise((resolve) => child.once('exit', resolve));
    const told = (event: ProducerMessage['event']) =>
      new Promise<void>((resolve, reject) => {
        child.on('message', (message: ProducerMessage) => message.event === event && resolve());
        child.once('exit', (code) => reject(new Error(`A producer ended by itself, code ${code}.`)));
      });
    this.ready = told('ready');
    this.finished = told('finished');
    this.concluded = told('concluded');
    for (const promise of [this.finished, this.concluded]) promise.catch(() => undefined);
    child.on('message', heard);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Adds no more; resolves when every add has its outcome. */
  async finish(): Promise<void> {
    this.child.send('finish', () => undefined);
    await this.finished;
  }

  /** Resolves when nothing that it waits for is outstanding. */
  async conclude(): Promise<void> {
    this.child.send('conclude', () => undefined);
    await this.concluded;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}
