import type { Measurement } from '../../measurement.js';
import { timed } from '../latency.js';

const DELAY_MS = 1_000;

/** From the time when a delayed task is due to the start of its handler, with a producer and a worker that are up, at a steady rate. */
export function lateness(perSecond: number, seconds: number, warmUp?: number): Measurement {
  return timed(`lateness at ${perSecond}/s`, ['ours', 'bullmq'], { perSecond, seconds, warmUp, delayMs: DELAY_MS });
}
