import { Controller, Injectable } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamSchedule } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf, tickOfEntry } from '../../support/ticks.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker } from '../../support/worker-process.js';

it('makes one task of each tick, with all processes proposing it and some of them killed', async () => {
  const stream = uniqueStream();
  const schedule = { everyMs: 1_000 };
  const workers = await Promise.all([1, 2].map(() => startWorker({ stream, schedule })));
  await eventually(async () => (await entriesOf(stream)).length > 0);
  for (const killed of workers.slice(0, 1)) {
    const before = (await entriesOf(stream)).length;
    await killed.kill();
    await eventually(async () => (await entriesOf(stream)).length >= before + 2);
  }
  const ticks = (await entriesOf(stream)).map((entry) => tickOfEntry(entry).tickAt);
  const [first] = ticks;
  expect(ticks.length).toBeGreaterThanOrEqual(3);
  expect(ticks).toEqual(ticks.map((_, n) => first! + n * 1_000));
});

it('tells the handler which schedule made its task, and of which tick', async () => {
  const stream = uniqueStream();
  const seen: { payload: unknown; name: string; tickAt: Date | undefined; at: number }[] = [];

  @Controller()
  class Reports {
    @StreamHandler(stream)
    handle(@Payload() payload: unknown, @Ctx() { schedule, entryId }: StreamContext) {
      seen.push({ payload, ...schedule!, at: Number(entryId.split('-')[0]) });
    }
  }

  @Injectable()
  class Plan {
    @StreamSchedule('* * * * * *', stream, ({ name, at }) => ({ name, day: at.toISOString() }))
    digest() {}
  }
  await startApp({ controllers: [Reports], providers: [Plan] });
  await eventually(() => seen.length > 1);

  for (const { payload, name, tickAt, at } of seen) {
    expect(name).toBe('Plan.digest');
    expect(payload).toEqual({ name, day: tickAt!.toISOString() });
    expect(tickAt!.getTime() % 1_000).toBe(0);
    // By the server's own clock.
    expect(at).toBeGreaterThanOrEqual(tickAt!.getTime());
  }
});

it('goes on in a process that does nothing but propose', async () => {
  const stream = uniqueStream();

  @StreamSchedule({ everyMs: 1_000 }, stream, { n: 1 }, { name: 'heartbeat', headers: { trace: 'a' }, ttlMs: 60_000 })
  class Plan {}
  await startApp({ providers: [Plan] });

  const [, entry] = await eventually(async () => {
    const entries = await entriesOf(stream);
    return entries.length > 1 && entries;
  });
  expect(entry!.fields).toMatchObject({ '~trace': 'a', '~.deadline': '+60000' });
});
