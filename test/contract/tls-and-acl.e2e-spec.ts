import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  type ConnectionOptions,
  RedisStreamsHealthIndicator,
  StreamContext,
  StreamHandler,
  StreamMonitor,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { freePort } from '../../scripts/redis/start-redis.mjs';
import { startApp } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { ownRedis } from '../support/own-redis.js';
import { deadLetters, pendingCount } from '../support/pending.js';
import { redisCli } from '../support/redis-cli.js';
import { uniqueStream } from '../support/streams.js';

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** Adds, handles, retries, dead-letters, looks and stops: all that an app does. */
async function doesItAll(connection: ConnectionOptions, adminUrl: string): Promise<void> {
  const stream = uniqueStream();
  const runs: string[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream, {
      retry: { maxDeliveries: 2, backoff: { initialMs: 20 } },
      retention: { maxEntries: 0 },
      leaseMs: 600,
    })
    async handle(@Payload() { fails }: { fails?: boolean }, @Ctx() { entryId }: StreamContext) {
      runs.push(entryId);
      if (fails) throw new Error('always');
    }
  }
  const app = await startApp({ controllers: [Worker], options: { connection, startupTimeoutMs: 5_000, blockMs: 500 } });
  const ids = [
    await app.producer.add(stream, { a: 1 }),
    ...(await app.producer.addBulk(stream, [{ payload: { fails: true } }])),
  ];
  const cli = redisCli(adminUrl);
  await eventually(() => runs.length === 3);
  await deadLetters(cli, stream);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  // Two rounds of housekeeping: what it may not do would be told as an error, or leave its traces undone.
  await eventually(async () => (await cli.hget(`{${stream}}:marks`, 'workers'))?.startsWith(ids[1]!));
  const stats = await app.get(StreamMonitor).stats(stream);
  expect(stats).toMatchObject({ deadLetters: 1, groups: [{ group: 'workers', pending: 0, backlog: { count: 0 } }] });
  const found: string[] = [];
  for await (const { id } of app.get(StreamMonitor).history(stream)) found.push(id);
  expect(found.at(-1)).toBe(ids[1]);
  await eventually(async () => (await app.get(RedisStreamsHealthIndicator).check('s')).s.status === 'up');
  expect(app.logs.matching('warn', /interrupted|NOPERM/)).toEqual([]);
  await app.close();
  expect(await cli.xinfo('CONSUMERS', stream, 'workers')).not.toContainEqual(
    expect.arrayContaining([expect.stringMatching(/@600ms$/)]),
  );
}

it('works with an ACL user that may do no more than docs/connections.md says', async () => {
  const redis = await ownRedis();
  const documented = /ACL SETUSER \S+ on >\S+ (.*)/.exec(readFileSync('docs/connections.md', 'utf8'))![1]!;
  const cli = redisCli(redis.url);
  await cli.call(
    'ACL',
    'SETUSER',
    'tasks',
    'reset',
    'on',
    '>s3cret',
    ...documented.replace('~ai:* ~{ai:*', '~*').split(' '),
  );
  await doesItAll(redis.url.replace('//', '//tasks:s3cret@'), redis.url);
});

it('works over TLS with a self-signed CA', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-tls-'));
  const file = (name: string) => join(dir, name);
  openssl(
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
    '-days',
    '2',
    '-subj',
    '/CN=ca',
  );
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    file('redis.key'),
    '-out',
    file('redis.csr'),
    '-subj',
    '/CN=localhost',
  );
  openssl(
    'x509',
    '-req',
    '-in',
    file('redis.csr'),
    '-CA',
    file('ca.crt'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-days',
    '2',
    '-out',
    file('redis.crt'),
  );
  const port = await freePort();
  const certificates = [
    '--tls-cert-file',
    file('redis.crt'),
    '--tls-key-file',
    file('redis.key'),
    '--tls-ca-cert-file',
    file('ca.crt'),
  ];
  const redis = await ownRedis('--tls-port', String(port), ...certificates, '--tls-auth-clients', 'no');

  await doesItAll({ host: 'localhost', port, family: 4, tls: { ca: readFileSync(file('ca.crt')) } }, redis.url);
  const distrusting = startApp({
    controllers: [],
    options: { connection: { host: 'localhost', port, family: 4, tls: {} }, addTimeoutMs: 1_000 },
  });
  await expect((await distrusting).producer.add(uniqueStream(), {})).rejects.toThrow(
    /could not be reached.*(certificate|self.signed|verify)/i,
  );
});
