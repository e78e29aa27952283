import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, UnrecoverableError } from 'nestjs-redis-streams';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { commandLine } from '../../support/command-line.js';
import { deferred } from '../../support/deferred.js';
import { eventually } from '../../support/eventually.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

let cli: ReturnType<typeof commandLine>;
beforeAll(async () => {
  cli = commandLine(await installWithoutNest());
});

type Kind = 'runs' | 'fails' | 'dies' | 'succeeds' | 'waits';

/** A stream with a task of each kind, held so until the test is over. */
async function busyStream() {
  const stream = uniqueStream('cli');
  const held = deferred();
  let running = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { concurrency: 1, result: {}, retry: { backoff: { initialMs: 600_000, maxMs: 600_000 } } })
    async handle(@Payload() { kind }: { kind: Kind }) {
      if (kind === 'fails') throw new TypeError('overloaded');
      if (kind === 'dies') throw new UnrecoverableError('no such model');
      if (kind === 'succeeds') return 'the answer';
      running++;
      await held.promise;
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const kinds: readonly Kind[] = ['fails', 'dies', 'succeeds', 'runs', 'waits'];
  const ids = await app.producer.addBulk(
    stream,
    kinds.map((kind) => ({ payload: { kind }, headers: { user: 'ada' } })),
  );
  await eventually(() => running === 1);
  return { stream, ids: Object.fromEntries(kinds.map((kind, n) => [kind, ids[n]!])) as Record<Kind, string>, held };
}

describe('of a stream with tasks of every kind', () => {
  it('stats, groups, pending, dead, task and history tell them, as tables and as JSON', async () => {
    const { stream, ids } = await busyStream();

    const [stats, json, groups, pending, table, dead, summary, none, task, done, history] = await Promise.all(
      [
        ['stats', stream],
        ['stats', stream, '--json', '--over', '100ms'],
        ['groups', stream],
        ['pending', stream, '--json'],
        ['pending', stream],
        ['dead', stream, '--json'],
        ['dead', stream, '--summary'],
        ['dead', stream, '--error', 'something else'],
        ['task', stream, ids.fails],
        ['task', stream, ids.succeeds, '--json'],
        ['history', stream, '--json', '--limit', '2'],
      ].map((args) => cli.run(args)),
    );
    expect(stats).toMatchObject({ code: 0, stderr: '' });
    const [header, row] = stats!.stdout.split('\n');
    expect(header!.split(/ +/)).toEqual(
      'STREAM GROUP STATE WAITING RUNNING LEFT RETRY DELAYED DEAD OLDEST IN/S OUT/S WORKERS'.split(' '),
    );
    expect(row).toMatch(/^\S+ +workers +slots-busy +1 +1\/1 +0 +1 +0 +1 .* 1 +All 1 slots are busy: 1 waiting/);
    expect(json!.lines).toMatchObject([
      {
        schemaVersion: 1,
        streams: [{ stream, rates: { inPerSecond: 0 }, groups: [{ running: 1, slots: 1, liveWorkers: 1 }] }],
      },
    ]);
    expect(groups!.stdout).toMatch(/workers +slots-busy +\S+@30000ms +yes +1\/1 /);

    expect(pending!.lines).toMatchObject([
      { schemaVersion: 1, id: ids.runs, state: 'running', leaseMs: 30_000, deliveryCount: 1 },
      { id: ids.fails, state: 'retry-scheduled', lastError: 'TypeError: overloaded' },
    ]);
    expect(table!.stdout).toMatch(new RegExp(`${ids.fails} +\\S+ +retry-scheduled +in \\d+m .*TypeError: overloaded`));

    expect(dead!.lines).toMatchObject([{ reason: 'unrecoverable', group: 'workers', entry: { id: ids.dies } }]);
    expect(summary!.stdout).toMatch(/ 1 .* workers +unrecoverable +.*no such model/);
    expect(none).toMatchObject({ code: 0, stdout: '', stderr: 'There are no such letters.\n' });

    expect(task!.stdout).toMatch(
      /workers +retry-scheduled: failed 1 times, runs again in \d+m; last: TypeError: overloaded/,
    );
    expect(task!.stdout).toMatch(/headers +\{"user":"ada"\}/);
    expect(done!.lines).toMatchObject([{ isKnown: true, groups: [{ state: 'completed', result: 'the answer' }] }]);

    expect(history!.lines).toMatchObject([{ id: ids.fails, payload: { kind: 'fails' } }, { id: ids.dies }]);
    expect(history!.stderr).toContain('There may be more');
  });

  it('cancel ends a task, and says what it did', async () => {
    const { stream, ids, held } = await busyStream();
    const planned = await cli.run(['cancel', stream, ids.waits, '--dry-run']);
    expect(planned).toMatchObject({ code: 0, stdout: "would cancel it: it is waiting in the group 'workers'\n" });
    expect((await cli.run(['cancel', stream, ids.waits, '--reason', 'a mistake'])).stdout).toMatch(/^cancelled/);
    const task = await cli.run(['task', stream, ids.waits]);
    expect(task.stdout).toMatch(/cancelled .*: a mistake/);
    expect(await cli.run(['cancel', stream, ids.dies, '--json'])).toMatchObject({
      code: 1,
      lines: [{ outcome: 'finished' }],
    });
    held.resolve();
  });

  it('tail --task tells the rest of a task, and ends with it', async () => {
    const { stream, ids, held } = await busyStream();
    const tail = cli.start(['tail', stream, '--task', ids.runs]);
    await eventually(() => tail.output().includes('running'));
    held.resolve();
    const { code, stdout } = await tail.ended;
    expect(code).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toContain('completed');
  });
});

it('add prints the id of the task, from arguments, from fields and from standard input', async () => {
  const stream = uniqueStream('cli');
  const redis = redisCli();
  const first = await cli.run(['add', stream, '{"n":1}', '--header', 'user=ada']);
  const second = await cli.run(['add', stream, '--field', 'user=ada', '--json']);
  const third = await cli.run(['add', stream, '-', '--codec', 'json'], { input: '[1,2]' });
  const entries = await redis.xrange(stream, '-', '+');
  expect(entries.map(([id]) => id)).toEqual([first.stdout.trim(), second.lines[0]!.id, third.stdout.trim()]);
  expect(entries.map(([, fields]) => fields)).toEqual(
    [['~user', 'ada', '~json:n', '', 'n', '1'].toSorted(), ['user', 'ada'], ['~payload', '[1,2]']].map((fields) =>
      expect.arrayContaining(fields),
    ),
  );
  expect((await cli.run(['add', stream, '{}', '--dry-run'])).stdout).toContain('would add');
  expect(await redis.xlen(stream)).toBe(3);
});

it('tail tells what is added, and what becomes of it', async () => {
  const stream = uniqueStream('cli');

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {}
  }
  const app = await startApp({ controllers: [Worker] });
  const tail = cli.start(['tail', stream, '--group', 'workers', '--json', '--from', '1h']);
  const id = await app.producer.add(stream, { n: 1 });
  await eventually(() => tail.output().includes('"type":"end"'), 20_000);
  tail.process.kill('SIGINT');
  const { code, lines } = await tail.ended;
  expect(code).toBe(130);
  expect(lines[0]).toMatchObject({ type: 'added', id, payload: { n: 1 } });
  expect(lines.at(-1)).toMatchObject({ type: 'end', id, task: { state: 'completed' } });
});

it('stats finds the streams of a prefix by itself, and none of the library’s own keys', async () => {
  const prefix = uniqueStream('all').replace('test:', '') + '*:';
  const stream = uniqueStream('cli');
  const app = await startApp({ options: { prefix } });
  await app.producer.add(stream, {});
  const redis = redisCli();
  await redis.xadd(`{${prefix}${stream}}:dead`, '*', 'a', 'b');
  await redis.xadd(`{${prefix}${stream}}:workers:out:1-1`, '*', 'a', 'b');
  const { lines } = await cli.run(['stats', '--prefix', prefix, '--json']);
  expect((lines[0]!.streams as { stream: string }[]).map((one) => one.stream)).toEqual([stream]);
});

it('stats ends with 3 or 4 where a limit is reached', async () => {
  const stream = uniqueStream('cli');
  const app = await startApp({});
  await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  await redisCli().xgroup('CREATE', stream, 'workers', '0');
  expect(await cli.run(['stats', stream, '--fail-on', 'waiting>2'])).toMatchObject({ code: 0, stderr: '' });
  const warned = await cli.run(['stats', stream, '--fail-on', 'waiting>1', '--critical-on', 'oldest>1h']);
  expect(warned).toMatchObject({ code: 3, stderr: `${stream} workers: waiting>1\n` });
  expect((await cli.run(['stats', stream, '--critical-on', 'state=no-live-worker'])).code).toBe(4);
  expect((await cli.run(['stats', stream, '--fail-on', 'waitin>1'])).code).toBe(2);
});
