import { Controller } from '@nestjs/common';
import { DrainInterruptedError, type GroupState, StreamGroups, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

async function busyApp() {
  const stream = uniqueStream('drained');
  const release = deferred();
  let started = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {
      started++;
      await release.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await eventually(() => started === 2);
  return { stream, app, groups: app.get(StreamGroups), release, started: () => started };
}

it('drain ends when nothing runs any more, tells who runs what until then, and leaves the group paused', async () => {
  const { stream, app, groups, release, started } = await busyApp();
  const told: GroupState[] = [];
  const drained = groups.drain(stream, { by: 'deploy 7', onProgress: (state) => told.push(state) });
  await eventually(() => told.length > 2);
  expect(told.at(-1)!.running).toHaveLength(2);
  expect(told.at(-1)!.running[0]).toMatchObject({ consumer: expect.stringMatching(/@30000ms$/), deliveryCount: 1 });
  await app.producer.add(stream, {});
  release.resolve();
  expect(await drained).toMatchObject({ running: [], leftBehind: 0, pause: { by: 'deploy 7' } });
  expect(started()).toBe(2);
  // Paused already, it is left as it is.
  expect((await groups.drain(stream)).pause).toMatchObject({ by: 'deploy 7' });
});

it('a drain that takes too long, or is overtaken by a resume, says so and who runs what; a signal ends it', async () => {
  const { stream, groups, release } = await busyApp();
  const late = await groups.drain(stream, { timeoutMs: 100 }).catch((error: unknown) => error);
  expect(late).toBeInstanceOf(DrainInterruptedError);
  expect((late as DrainInterruptedError).message).toMatch(/2 still run: \d+-\d+ at .*@30000ms.* It stays paused/);
  expect((late as DrainInterruptedError).state.running).toHaveLength(2);

  const overtaken = groups.drain(stream, { onProgress: () => void groups.resume(stream) });
  await expect(overtaken).rejects.toThrow(/resumed before all that ran there had ended/);

  const reason = new Error('the operator has gone');
  const signal = AbortSignal.abort(reason);
  await expect(groups.drain(stream, { signal })).rejects.toBe(reason);
  release.resolve();
});

it('what is not there is named in the error, with what is', async () => {
  const { stream, groups, release } = await busyApp();
  release.resolve();
  for (const call of ['pause', 'resume', 'get', 'drain'] as const) {
    await expect(groups[call](stream, { group: 'wrokers' })).rejects.toThrow(
      /no group 'wrokers'\. Did you mean 'workers'\? Its groups: workers\./,
    );
    await expect(groups[call](`${stream}-x`)).rejects.toThrow(/no such stream.*Streams of this application: /);
  }
  await expect(groups.pause(stream, { until: new Date(1_000) })).rejects.toThrow(/ended before it began/);
  await expect(groups.pause(stream, { until: new Date(), forMs: 1 })).rejects.toThrow(/give one of them/);
  await expect(groups.pause(stream, { reason: 'x'.repeat(1_025) })).rejects.toThrow(/may have 1024/);
  expect((await groups.get(stream)).pause).toBeUndefined();
});
