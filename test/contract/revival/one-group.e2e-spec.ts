import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetterKey, deadLetters, lastDeliveredId, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('a redriven task runs again at once, under its id, for the group that gave it up; no other group notices', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  let isMended = false;
  const runs: unknown[] = [];
  let others = 0;

  @Controller()
  class Workers {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 5 } }, result: { ttlMs: 60_000 } })
    work(@Ctx() { taskId, deliveryCount, totalDeliveries, redrives, isReplay }: StreamContext) {
      runs.push([taskId, deliveryCount, totalDeliveries, redrives, isReplay]);
      if (!isMended) throw new Error('not yet');
      return 'done';
    }

    @StreamHandler(stream, { group: 'audit' })
    audit() {
      others++;
    }
  }
  // A read that blocks for long: whoever is idle is woken for it.
  const app = await startApp({ controllers: [Workers], options: { blockMs: 30_000 } });
  const tasks = app.get(StreamTasks);
  const id = await app.producer.add(stream, { n: 1 });
  const [letter] = await deadLetters(cli, stream);
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'dead-lettered', deadLetterId: letter!.id });
  await expect(tasks.result(stream, id)).rejects.toThrow(/not yet/);

  isMended = true;
  const before = performance.now();
  expect(await redrive(app, stream, [letter!.id])).toEqual(['redriven']);
  expect(await tasks.result(stream, id)).toBe('done');
  expect(performance.now() - before).toBeLessThan(2_000);
  expect(runs).toEqual([
    [id, 1, 1, 0, false],
    [id, 2, 2, 0, false],
    [id, 1, 3, 1, false],
  ]);
  expect(await tasks.get(stream, id)).toMatchObject({ state: 'completed', result: 'done' });

  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  expect(others).toBe(1);
  expect(await cli.xlen(stream)).toBe(1);
  expect(await lastDeliveredId(cli, stream, 'audit')).toBe(id);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  expect(await cli.exists(`{${stream}}:workers:lives`)).toBe(0);
  expect(await cli.hgetall(`{${stream}}:workers:task:${id}`)).not.toHaveProperty('reason');
});
