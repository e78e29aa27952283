import { expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts, type RunnerSetting } from '../../../../../test/support/engine-parts.js';
import type { Lease } from '../state/deliveries/delivery.js';

useFakeTime();

/** One entry whose handler takes a quarter of a second. */
async function oneEntry(setting: RunnerSetting) {
  const parts = runnerParts(setting);
  const emit = vi.spyOn(parts.events, 'emit');
  parts.runner.startNew(await parts.read(1));
  const lease = [...parts.deliveries.leases][0]!;
  await pass(250);
  await parts.runs.endAll();
  return { ...parts, lease, emitted: emit.mock.calls.map(([event]) => event) };
}

it('a start is told before the handler is called', async () => {
  const order: string[] = [];
  const { runner, read } = runnerParts({
    observer: { started: ({ run }) => order.push(`started with n ${(run.payload as { n: string }).n}`) },
    handler: async () => void order.push('called'),
  });
  runner.startNew(await read(1));
  expect(order).toEqual(['started with n 1', 'called']);
});

it('no start is told where nobody observes it', async () => {
  const { emitted } = await oneEntry({ observer: {} });
  expect(emitted.map(({ type }) => type)).toEqual(['groupCreated', 'completed']);
});

it('the run time is taken where somebody observes what is done', async () => {
  const done: Lease[] = [];
  await oneEntry({ observer: { completed: ({ leases }) => done.push(...leases) } });
  expect(done).toMatchObject([{ ranMs: 250 }]);
});

it('no run time is taken where nobody does', async () => {
  const { lease } = await oneEntry({ observer: { started: () => undefined } });
  expect(lease.ranMs).toBe(0);
});
