import { type StreamContext, UnrecoverableError } from 'nestjs-redis-streams';
import { type NamedTask, numberOf } from '../work.js';

/** How often a task is redriven until it succeeds; Infinity for what never does. It follows from its name. */
export function curesOf({ name }: NamedTask): number {
  const share = (numberOf(name) % 1_000) / 1_000;
  if (share < 0.05) return Infinity;
  if (share < 0.15) return 2;
  return share < 0.75 ? 1 : 0;
}

/** @throws UnrecoverableError in each life before its last */
export function failsUntilCured(task: NamedTask, { redrives }: StreamContext): void {
  if (redrives < curesOf(task)) throw new UnrecoverableError(`not cured by ${redrives} redrives`);
}
