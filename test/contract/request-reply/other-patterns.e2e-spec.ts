import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it('leaves plain event patterns and other transports’ handlers alone', async () => {
  const stream = uniqueStream();
  let calls = 0;

  @Controller()
  class Worker {
    @EventPattern(stream)
    async plain(_payload: unknown) {
      calls++;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(stream, {});
  expect(await redisCli().xinfo('GROUPS', stream)).toEqual([]);
  expect(calls).toBe(0);
});
