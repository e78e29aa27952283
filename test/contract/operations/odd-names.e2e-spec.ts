import { Controller } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import {
  DeadLetters,
  StreamContext,
  StreamGroups,
  StreamHandler,
  StreamOperations,
  StreamReplay,
  UnrecoverableError,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

it.each([
  ['colons and spaces', 'a:b c::d ', 'g:1 with spaces '],
  ['braces', ':{a b}:c', '{g}:retry'],
  ['what is not ASCII', 'größe:分析:🚀', 'grüppe 🚀'],
  ['what patterns and percent-encoding are made of', 'a*?[x]%3A%', 'g%20*?\\'],
  ['all the length there may be', 'n'.repeat(480), 'g'.repeat(256)],
])(
  'tasks are redriven, replayed and paused whose stream and group have %s in their names',
  async (_what, name, group) => {
    const stream = `${uniqueStream('odd')}${name}`;
    const runs: string[] = [];

    @Controller()
    class Worker {
      @StreamHandler(stream, { group })
      async handle(@Ctx() { redrives, isReplay }: StreamContext) {
        runs.push(`${redrives}${isReplay ? ' again' : ''}`);
        if (redrives === 0 && !isReplay) throw new UnrecoverableError('not yet');
      }
    }
    const app = await startApp({ controllers: [Worker] });
    const [letters, groups] = [app.get(DeadLetters), app.get(StreamGroups)];
    await app.producer.add(stream, {});
    await eventually(async () => (await letters.summary(stream)).scanned === 1);

    await groups.pause(stream, { group, by: 'ana', reason: name });
    const redrive = await letters.redrive(stream, { group }, { rate: 0, by: name.slice(0, 50), reason: group });
    expect(await redrive.ended()).toMatchObject({ state: 'done', done: 1, by: name.slice(0, 50), reason: group });
    expect(await groups.get(stream, { group })).toMatchObject({ retryScheduled: 1, pause: { reason: name } });
    await groups.resume(stream, { group });
    await eventually(() => runs.length === 2);
    const replay = app.get(StreamReplay);
    await eventually(async () => (await replay.plan(stream, { all: true }, { group })).eligible === 1);
    await (await replay.start(stream, { all: true }, { group, rate: 0 })).ended();
    await eventually(() => runs.length === 3);
    expect(runs).toEqual(['0', '1', '0 again']);
    expect(await app.get(StreamOperations).list(stream)).toHaveLength(2);
  },
);
