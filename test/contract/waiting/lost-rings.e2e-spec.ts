import { Redis } from 'ioredis';
import { StreamTasks } from 'nestjs-redis-streams';
import { describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { endTask, ringEars } from '../../support/ended-tasks.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';

/** An app whose doorbell goes through a proxy, and which waits for a task there. */
async function waiting() {
  const redis = await ownRedis();
  const proxy = await tcpProxy(redis.port);
  const stream = uniqueStream();
  const cli = redisCli(redis.url);
  await cli.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const app = await startApp({
    options: {
      connection: (role, options) =>
        new Redis({ port: role === 'doorbell' ? proxy.port : redis.port, host: '127.0.0.1', ...options }),
    },
  });
  const task = { stream, id: await app.producer.add(stream, {}) };
  const result = app.get(StreamTasks).result(stream, task.id);
  await eventually(() => ringEars(cli, task));
  return { redis, proxy, cli, task, result };
}

describe('a wait ends though its ring is lost, as', () => {
  it.each([
    ['its link is reset just before', 'halfOpen'],
    ['nobody can reach it any more', 'cut'],
    ['its link has fallen silent', 'silence'],
  ] as const)('%s', async (_name, harm) => {
    const { proxy, cli, task, result } = await waiting();
    proxy[harm]();
    await endTask(cli, task, { result: '"done"' });
    await ringEars(cli, task);
    const before = performance.now();
    expect(await result).toBe('done');
    // Whatever comes first, the poll or the next connection.
    expect(performance.now() - before).toBeLessThan(5_000);
  });

  it('Redis is started again meanwhile', async () => {
    const { redis, cli, task, result } = await waiting();
    await endTask(cli, task, { result: '"done"' });
    await redis.kill();
    await redis.restart();
    expect(await result).toBe('done');
  });
});
