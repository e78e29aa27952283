import { setTimeout as wait } from 'node:timers/promises';
import { StreamGroups } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

const TASKS = 300;
const ROUNDS = 10;

it('a group that is paused and resumed again and again while it works, with workers killed meanwhile, loses nothing and gets through', async () => {
  const stream = uniqueStream('flapping');
  const cli = redisCli();
  const worker = () => startWorker({ stream, options: { concurrency: 10, leaseMs: 5_000 }, taskMs: 20 });
  const all = await Promise.all([worker(), worker(), worker()]);
  const app = await startApp({ options: { consume: false } });
  const groups = app.get(StreamGroups);

  const ids: string[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await groups.pause(stream, { by: `round ${round}` });
    const payloads = Array.from({ length: TASKS / ROUNDS }, (_, n) => ({ payload: { n } }));
    ids.push(...(await app.producer.addBulk(stream, payloads)));
    await wait(Math.random() * 60);
    await groups.resume(stream);
    await wait(Math.random() * 100);
    if (round === ROUNDS / 2) {
      const [dying] = all;
      await dying.kill();
      // Else a drain would wait half a minute for it, which says no more that it is there.
      const dead = (await groups.get(stream)).workers.find(({ consumer }) =>
        consumer.includes(`:${dying.process.pid}:`),
      );
      await groups.removeConsumer(stream, dead!.consumer, { force: true });
    }
  }
  // Nothing begins after a drain, whatever was just read.
  await groups.drain(stream, { timeoutMs: 60_000 });
  const begun = () => all.reduce((sum, each) => sum + each.started().length, 0);
  const before = begun();
  await wait(300);
  expect(begun()).toBe(before);
  await groups.resume(stream);

  const finished = () => new Set(all.flatMap((each) => each.finished().map(({ entryId }) => entryId)));
  await eventually(async () => finished().size === ids.length && (await pendingCount(cli, stream)) === 0, 20_000);
  expect(finished()).toEqual(new Set(ids));
  // What was given back was not counted: only what died with its worker ran a second time.
  const counts = all.flatMap((each) => each.started().map(({ deliveryCount }) => deliveryCount!));
  expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(10);
  expect(Math.max(...counts)).toBeLessThanOrEqual(2);
});
