import { hostname } from 'node:os';
import { type BeforeApplicationShutdown, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { WorkerRegister } from './worker-register.js';

const EVERY_MS = 2_000;

/** Says every two seconds that this process is there, if it is one that runs tasks, and takes leave when it stops. */
@Injectable()
export class WorkerPresence implements OnApplicationBootstrap, BeforeApplicationShutdown {
  /** How the queue's names of its consumers begin, too. */
  private readonly name = `${hostname()}:${process.pid}`;
  private timer: NodeJS.Timeout | undefined;
  private isHeard = false;

  constructor(private readonly workers: WorkerRegister) {}

  onApplicationBootstrap(): void {
    if (process.env.REDIS_STREAMS_CONSUME === 'false') return;
    this.sayHere();
    this.timer = setInterval(() => this.sayHere(), EVERY_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.timer) return;
    clearInterval(this.timer);
    // Without Redis it would only hold up the stop.
    if (this.isHeard) await this.workers.leaves(this.name).catch(() => undefined);
  }

  private sayHere(): void {
    // While Redis is away there is nobody to tell; the next word may arrive.
    this.workers.isHere(this.name).then(
      () => (this.isHeard = true),
      () => (this.isHeard = false),
    );
  }
}
