import { setTimeout as wait } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';

/** Makes work slow (`SLOW_MS`) and unreliable (`FAIL_RATE`) on request, so that the queue can be watched coping. */
@Injectable()
export class Disturbance {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  async strike(what: string, signal: AbortSignal): Promise<void> {
    const { slowMs, failRate } = this.config;
    if (slowMs > 0) await wait(slowMs, undefined, { signal });
    if (Math.random() < failRate) throw new Error(`${what} failed at random, as FAIL_RATE=${failRate} asks for.`);
  }
}
