import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler, StreamTasks } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

interface Seen {
  readonly payload: unknown;
  readonly context: Pick<StreamContext, 'taskId' | 'correlationId' | 'headers' | 'deadlineAt'>;
}

/** Handlers of three streams: the first forwards to the second, and that to the third. */
function chainOf([first, second, third]: readonly [string, string, string]) {
  const seen: Record<string, Seen[]> = { [first]: [], [second]: [], [third]: [] };
  const note = (payload: unknown, context: StreamContext) => {
    const { stream, taskId, correlationId, headers, deadlineAt } = context;
    seen[stream]!.push({ payload, context: { taskId, correlationId, headers, deadlineAt } });
  };
  @Controller()
  class Stages {
    @StreamHandler(first, { result: { ttlMs: 60_000 } })
    extract(@Payload() payload: { n: number }, @Ctx() context: StreamContext) {
      note(payload, context);
      context.forward(second, { n: payload.n, stage: 2 }, { headers: { own: 'x' } });
      return { forwarded: 1 };
    }

    @StreamHandler(second)
    analyze(@Payload() payload: { n: number }, @Ctx() context: StreamContext) {
      note(payload, context);
      context.forward(third, { n: payload.n, part: 1 });
      context.forward(third, { n: payload.n, part: 2 });
    }

    @StreamHandler(third)
    store(@Payload() payload: unknown, @Ctx() context: StreamContext) {
      note(payload, context);
    }
  }
  return { Stages, seen };
}

it('a task that is done forwards exactly what its handler said, in that order, and keeps its result', async () => {
  const streams = [uniqueStream('extract'), uniqueStream('analyze'), uniqueStream('store')] as const;
  const { Stages, seen } = chainOf(streams);
  const app = await startApp({ controllers: [Stages] });
  const tasks = app.get(StreamTasks);
  const cli = redisCli();
  const ids = await app.producer.addBulk(
    streams[0],
    Array.from({ length: 50 }, (_, n) => ({ payload: { n } })),
  );
  await eventually(() => seen[streams[2]]!.length === 100);
  expect(await tasks.result(streams[0], ids[0]!)).toEqual({ forwarded: 1 });
  await eventually(async () =>
    (await Promise.all(streams.map((each) => pendingCount(cli, each)))).every((n) => n === 0),
  );
  expect(await Promise.all(streams.map((each) => cli.xlen(each)))).toEqual([50, 50, 100]);
  const parts = (await entriesOf(cli, streams[2])).map(({ fields }) => [fields.n, fields.part]);
  for (let n = 0; n < 50; n++) {
    expect(parts.filter(([of]) => of === `${n}`)).toEqual([
      [`${n}`, '1'],
      [`${n}`, '2'],
    ]);
  }
});

it('what it forwards inherits its deadline, its trace context and the id that the chain began with, and nothing else', async () => {
  const streams = [uniqueStream('extract'), uniqueStream('analyze'), uniqueStream('store')] as const;
  const { Stages, seen } = chainOf(streams);
  const app = await startApp({ controllers: [Stages] });
  const deadlineAt = new Date(Date.now() + 60_000);
  const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', baggage: 'tenant=7' };
  const id = await app.producer.add(streams[0], { n: 1 }, { deadlineAt, headers: { ...trace, mine: 'y' } });
  await eventually(() => seen[streams[2]]!.length === 2);
  const [first, second, third] = streams.map((stream) => seen[stream]![0]!.context);
  expect(first).toMatchObject({ taskId: id, correlationId: id, deadlineAt, headers: { ...trace, mine: 'y' } });
  expect(second).toEqual({ taskId: second!.taskId, correlationId: id, deadlineAt, headers: { ...trace, own: 'x' } });
  expect(third).toEqual({ taskId: third!.taskId, correlationId: id, deadlineAt, headers: trace });
  expect(seen[streams[1]]![0]!.payload).toEqual({ n: 1, stage: 2 });
});
