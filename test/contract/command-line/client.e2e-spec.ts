import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamProducer } from 'nestjs-redis-streams';
import { createStreamsClient, RedisStreamsConfigError, type StreamsClientOptions } from 'nestjs-redis-streams/client';
import { expect, it, onTestFinished } from 'vitest';
import { startApp } from '../../support/app.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { uniqueStream } from '../../support/streams.js';

function openClient(options?: StreamsClientOptions) {
  const client = createStreamsClient(options);
  onTestFinished(() => client.close());
  return client;
}

it('a script without any package of Nest adds a task, waits for its result, asks about it, and ends', async () => {
  const folder = await installWithoutNest();
  expect(existsSync(join(folder, 'node_modules/@nestjs'))).toBe(false);
  const stream = uniqueStream('client');

  @Controller()
  class Worker {
    @StreamHandler(stream)
    double(@Payload() { n }: { n: number }) {
      return 2 * n;
    }
  }
  await startApp({ controllers: [Worker] });
  writeFileSync(
    join(folder, 'script.mjs'),
    `import { createStreamsClient } from 'nestjs-redis-streams/client';
     const { tasks, monitor, close } = createStreamsClient();
     const result = await tasks.run('${stream}', { n: 21 });
     const { entries } = await monitor.stats('${stream}');
     await close();
     console.log(JSON.stringify({ result, entries }));`,
  );
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['script.mjs'], { cwd: folder });
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toEqual({ result: 42, entries: 1 });
});

it('has the classes that an application has', () => {
  expect(openClient().producer).toBeInstanceOf(StreamProducer);
});

it('refuses options that it does not have, and warns where its log says', async () => {
  expect(() => createStreamsClient({ keyPrefix: 'x' } as StreamsClientOptions)).toThrow(RedisStreamsConfigError);
  expect(() => createStreamsClient({ log: {} } as StreamsClientOptions)).toThrow(
    /log must be an object with the methods/,
  );
  const warnings: string[] = [];
  const log = { debug() {}, log() {}, warn: (line: string) => void warnings.push(line), error() {} };
  const { producer } = openClient({ streams: ['known'], log });
  await producer.add(uniqueStream('unknown'), {});
  expect(warnings).toEqual([expect.stringContaining('is not in the option streams')]);
});

it('a wait ends, and what is asked is refused, when it is closed', async () => {
  const stream = uniqueStream('client');
  const client = openClient();
  const id = await client.producer.add(stream, {});
  const waiting = client.tasks.result(stream, id);
  const refused = expect(waiting).rejects.toThrow(/clos/);
  await client.close();
  await refused;
  await expect(client.monitor.stats(stream)).rejects.toThrow(/closed/);
  await client.close();
});
