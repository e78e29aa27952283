import { Controller } from '@nestjs/common';
import { StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { redrive } from '../../support/revival.js';
import { uniqueStream } from '../../support/streams.js';

it('a task that dies again is left alone, unless somebody insists; its letter tells of all its deaths', async () => {
  const stream = uniqueStream();
  const cli = redisCli();
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { maxDeliveries: 2, backoff: { initialMs: 5, jitter: 0 } } })
    work() {
      throw new Error(`run ${++runs}`);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const id = await app.producer.add(stream, { n: 1 });
  const [first] = await deadLetters(cli, stream);
  expect(await redrive(app, stream, [first!.id], { terms: { by: 'ana' } })).toEqual(['redriven']);
  const again = await eventually(async () => {
    const [letter] = await deadLetters(cli, stream);
    return letter!.id !== first!.id && letter;
  });
  expect(runs).toBe(4);
  expect(again.fields).toMatchObject({
    n: '1',
    '~dead-id': id,
    '~dead-deliveries': '2',
    '~dead-error': 'Error: run 4',
  });
  expect(JSON.parse(again.fields['~dead-life']!)).toMatchObject({
    redrives: 1,
    deliveries: 2,
    by: 'ana',
    history: [{ error: 'Error: run 2', reason: 'max-deliveries', deliveries: 2, group: 'workers' }],
  });

  expect(await redrive(app, stream, [again.id])).toEqual(['redriven-before']);
  expect(await pendingCount(cli, stream)).toBe(0);
  expect(await app.get(StreamTasks).get(stream, id)).toMatchObject({ state: 'dead-lettered', deadLetterId: again.id });
  expect(await redrive(app, stream, [again.id], { again: true })).toEqual(['redriven']);
  const last = await eventually(async () => {
    const [letter] = await deadLetters(cli, stream);
    return letter!.id !== again.id && letter;
  });
  expect(JSON.parse(last.fields['~dead-life']!)).toMatchObject({
    redrives: 2,
    deliveries: 4,
    history: [{ error: 'Error: run 2' }, { error: 'Error: run 4' }],
  });
  expect(await cli.exists(`{${stream}}:workers:lives`)).toBe(0);
});
