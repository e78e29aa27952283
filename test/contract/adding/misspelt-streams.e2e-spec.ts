import { Controller } from '@nestjs/common';
import { StreamHandler, StreamMonitor } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { uniqueStream } from '../../support/streams.js';

it('a stream a letter off a handler’s is warned of once, with the name that is meant', async () => {
  const stream = uniqueStream();
  const misspelt = stream.replace('test:', 'tset:');

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(stream, {});
  await app.producer.add(misspelt, {});
  await app.producer.addBulk(misspelt, [{ payload: {} }]);
  await app.get(StreamMonitor).stats(misspelt);
  expect(app.logs.matching('warn', /No handler here/)).toEqual([
    `No handler here is for the stream '${misspelt}'. Did you mean '${stream}'? If it is meant, name all streams in the option streams.`,
  ]);
});

it('so is one that was used before the handlers were known, and in a process that consumes nothing', async () => {
  const stream = uniqueStream();
  const misspelt: string = `${stream}s`;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    async handle() {}
  }
  const app = await startApp({
    controllers: [Worker],
    options: { consume: false },
    prepare: (module) =>
      void module
        .get(StreamMonitor)
        .stats(misspelt)
        .catch(() => undefined),
  });
  expect(app.logs.matching('warn', /Did you mean/)).toHaveLength(1);
});

it('names that are far off, or numbered, are not', async () => {
  const [first, second]: string[] = [1, 22].map((n) => `numbered:${n}`);

  @Controller()
  class Worker {
    @StreamHandler(uniqueStream())
    async handle() {}

    @StreamHandler(first!)
    async numbered() {}
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(uniqueStream('another'), {});
  await app.get(StreamMonitor).stats(second!);
  expect(app.logs.matching('warn', /Did you mean|No handler here/)).toEqual([]);
});

it('with the option streams, every other name is warned of, a handler’s own included', async () => {
  const listed = uniqueStream('orders');
  const handled = uniqueStream('handled');

  @Controller()
  class Worker {
    @StreamHandler(handled)
    async handle() {}
  }
  const app = await startApp({ controllers: [Worker], options: { streams: [listed, 'test:tenant:*'] } });
  await app.producer.add(listed, {});
  await app.producer.add(uniqueStream('tenant'), {});
  expect(app.logs.matching('warn', /not in the option streams/)).toEqual([
    `The stream '${handled}' is not in the option streams. If it is meant, list it there.`,
  ]);
  const misspelt = listed.replace('orders', 'ordres');
  await app.producer.add(misspelt, {});
  expect(app.logs.matching('warn', /not in the option streams/)).toContain(
    `The stream '${misspelt}' is not in the option streams. Did you mean '${listed}'? If it is meant, list it there.`,
  );
});
