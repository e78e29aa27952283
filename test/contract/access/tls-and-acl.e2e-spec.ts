import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  type ConnectionOptions,
  type NotReplicatedError,
  RedisStreamsHealthIndicator,
  StreamContext,
  StreamHandler,
  StreamMonitor,
  StreamTasks,
} from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { freePort } from '../../../scripts/redis/start-redis.mjs';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownRedis } from '../../support/own-redis.js';
import { deadLetters, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

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
    async handle(
      @Payload() { fails, result }: { fails?: boolean; result?: string },
      @Ctx() { entryId }: StreamContext,
    ) {
      runs.push(entryId);
      if (fails) throw new Error('always');
      return result;
    }
  }
  const app = await startApp({
    controllers: [Worker],
    options: { connection, addTimeoutMs: 1_000, startupTimeoutMs: 5_000, blockMs: 500 },
  });
  expect(await app.get(StreamTasks).run(stream, { result: 'kept' })).toBe('kept');
  runs.length = 0;
  const ids = [
    await app.producer.add(stream, { a: 1 }),
    ...(await app.producer.addBulk(stream, [{ payload: { fails: true } }])),
  ];
  const cli = redisCli(adminUrl);
  // There is no replica, which WAIT is allowed to find out.
  const alone = await app.producer.add(stream, {}, { minReplicas: 1 }).catch((error: unknown) => error);
  expect(alone).toMatchObject({ name: 'NotReplicatedError', cause: undefined });
  ids.push((alone as NotReplicatedError).entryId);
  await eventually(() => runs.length === 4);
  await deadLetters(cli, stream);
  await eventually(async () => (await pendingCount(cli, stream)) === 0);
  // Two rounds of housekeeping: what it may not do would be told as an error, or leave its traces undone.
  await eventually(async () => (await cli.hget(`{${stream}}:marks`, 'workers'))?.startsWith(ids.at(-1)!));
  const stats = await app.get(StreamMonitor).stats(stream);
  expect(stats).toMatchObject({ deadLetters: 1, groups: [{ group: 'workers', pending: 0, backlog: { count: 0 } }] });
  const found: string[] = [];
  for await (const { id } of app.get(StreamMonitor).history(stream)) found.push(id);
  expect(found.at(-1)).toBe(ids.at(-1));
  await eventually(async () => (await app.get(RedisStreamsHealthIndicator).check('s')).s.status === 'up');
  expect(app.logs.matching('warn', /interrupted|NOPERM/)).toEqual([]);
  await app.close();
  expect(await cli.xinfo('CONSUMERS', stream, 'workers')).not.toContainEqual(
    expect.arrayContaining([expect.stringMatching(/@600ms$/)]),
  );
}

it('the documented ACL names every command of every script', () => {
  const [documented] = /ACL SETUSER .*/.exec(readFileSync('docs/connections.md', 'utf8'))!;
  const sources = readdirSync('libs/redis-streams/src/redis', { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.spec)\.ts$/.test(file))
    .map((file) => readFileSync(join('libs/redis-streams/src/redis', file), 'utf8'));
  const called = sources.flatMap((source) => [...source.matchAll(/redis\.p?call\('(\w+)'/g)].map(([, name]) => name!));
  expect(called.length).toBeGreaterThan(50);
  expect(called.filter((name) => !documented.includes(` +${name.toLowerCase()} `))).toEqual([]);
});

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
    ...documented.replace('~ai:* ~{ai:* ~nrs:schedules', '~*').split(' '),
  );
  // Redis 6.0 knows no rights to channels.
  await cli.call('ACL', 'SETUSER', 'tasks', '&nrs:bell:*').catch(() => undefined);
  await doesItAll(redis.url.replace('//', '//tasks:s3cret@'), redis.url);
});

/** A server that speaks TLS on one port, with a certificate of an authority of our own, and plain Redis on another. */
async function tlsRedis() {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-tls-'));
  const file = (name: string) => join(dir, name);
  const make = (command: string) =>
    openssl(...command.split(' ').map((word) => (word.includes('.') ? file(word) : word)));
  make('req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=ca');
  make('req -newkey rsa:2048 -nodes -keyout redis.key -out redis.csr -subj /CN=localhost');
  make('x509 -req -in redis.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out redis.crt');
  const port = await freePort();
  const certificates = ['--tls-cert-file', file('redis.crt'), '--tls-key-file', file('redis.key')];
  const authority = ['--tls-ca-cert-file', file('ca.crt'), '--tls-auth-clients', 'no'];
  const redis = await ownRedis('--tls-port', String(port), ...certificates, ...authority);
  return { plain: redis, overTls: { host: 'localhost', port, family: 4 }, ca: readFileSync(file('ca.crt')) };
}

/** What an add is rejected with. */
async function addError(connection: ConnectionOptions): Promise<string> {
  const app = await startApp({ options: { connection, addTimeoutMs: 1_000 } });
  return app.producer.add(uniqueStream(), {}).then(() => 'added', String);
}

it('works over TLS with a self-signed CA, and says what is wrong with a connection that does not', async () => {
  const { plain, overTls, ca } = await tlsRedis();
  await doesItAll({ ...overTls, tls: { ca } }, plain.url);

  expect(await addError({ ...overTls, tls: {} })).toMatch(/could not be reached.*(certificate|self.signed|verify)/i);
  expect(await addError(overTls)).toMatch(
    /could not be reached.*broke the connection off at our first word: it may speak TLS only \(rediss:\/\/ instead/,
  );
  const plainOverTls = { host: 'localhost', port: plain.port, family: 4, tls: { ca } };
  expect(await addError(plainOverTls)).toMatch(
    /could not be reached.*TLS.*: it may speak plain Redis there \(redis:\/\//,
  );
});

it('a start-up says that it speaks TLS to a server that does not, and the reverse', async () => {
  const { plain, overTls, ca } = await tlsRedis();

  @Controller()
  class Worker {
    @StreamHandler(uniqueStream())
    async handle() {}
  }
  const start = (connection: ConnectionOptions) =>
    startApp({ controllers: [Worker], options: { connection, startupTimeoutMs: 1_000 } }).catch(String);
  expect(await start({ host: 'localhost', port: plain.port, tls: { ca } })).toMatch(/it may speak plain Redis there/);
  expect(await start(overTls)).toMatch(/it may speak TLS only/);
});
