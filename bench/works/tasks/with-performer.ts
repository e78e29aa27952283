import { MeasuredChild } from '../../children/child.js';
import type { PerformerOrder, PerformerResult } from '../../children/orders.js';
import type { Bench, Figure } from '../../measurement.js';
import { redisCpuMs } from '../../redis-usage.js';

/** Runs beside a process whose handlers do something. */
export async function withPerformer<T>(
  { url }: Bench,
  order: Omit<PerformerOrder, 'url'>,
  run: (performer: MeasuredChild<PerformerResult>) => Promise<T>,
): Promise<T> {
  const performer = await MeasuredChild.performer({ ...order, url });
  try {
    return await run(performer);
  } finally {
    await performer.stop();
  }
}

/** @returns what was measured, and the share of a core that Redis took meanwhile */
export async function withRedisCpu<T>({ redis }: Bench, measure: () => Promise<T>): Promise<[T, number]> {
  const before = await redisCpuMs(redis);
  const startedAt = performance.now();
  const measured = await measure();
  return [measured, ((await redisCpuMs(redis)) - before) / (performance.now() - startedAt)];
}

export function cpuFigure(work: string, share: number): Figure {
  return { work, value: 100 * share, unit: '% of a core' };
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
