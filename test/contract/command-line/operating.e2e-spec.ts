import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamTasks, UnrecoverableError } from 'nestjs-redis-streams';
import { beforeAll, expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { commandLine } from '../../support/command-line.js';
import { eventually } from '../../support/eventually.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

let cli: ReturnType<typeof commandLine>;
beforeAll(async () => {
  cli = commandLine(await installWithoutNest());
});

it('pause, drain and resume are for all workers of a group, and say who and why', async () => {
  const stream = uniqueStream('cli');
  const handled: number[] = [];

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle(@Payload() { n }: { n: number }) {
      handled.push(n);
    }
  }
  const app = await startApp({ controllers: [Worker] });
  await app.producer.add(stream, { n: 1 });
  await eventually(() => handled.length === 1);

  expect((await cli.run(['pause', stream, '--dry-run'])).stdout).toMatch(/would be paused: 1 workers, 0 tasks run/);
  const paused = await cli.run(['pause', stream, '--reason', 'index rebuild', '--by', 'ops', '--for', '1h']);
  expect(paused.stdout).toMatch(/^paused .* by ops until .*: index rebuild/);
  const again = await cli.run(['pause', stream, '--by', 'ana']);
  expect(again.stdout).toMatch(/^paused .* by ana until it is resumed: index rebuild/);
  expect(again.stderr).toMatch(/until now it was paused by ops until \d.*: index rebuild/);
  const [{ pause, before }] = (await cli.run(['pause', stream, '--by', 'ops', '--json'])).lines as [
    Record<string, object>,
  ];
  expect({ pause, before }).toMatchObject({ pause: { by: 'ops' }, before: { by: 'ana' } });
  await eventually(async () => {
    const { stdout } = await cli.run(['groups', stream]);
    return /KNOWS OF PAUSE\n.*\byes$/m.test(stdout);
  });
  expect((await cli.run(['drain', stream])).stdout).toMatch(/^drained: /);
  await app.producer.add(stream, { n: 2 });
  expect(handled).toEqual([1]);
  const resumed = await cli.run(['resume', stream, '--json']);
  expect(resumed.lines).toMatchObject([{ pause: { by: 'ops', reason: 'index rebuild' } }]);
  await eventually(() => handled.length === 2);
  expect((await cli.run(['resume', stream])).stdout).toContain('is not paused');

  const unknown = await cli.run(['pause', stream, '--group', 'wrokers']);
  expect(unknown).toMatchObject({ code: 1, stdout: '' });
  expect(unknown.stderr).toMatch(/has no group 'wrokers'. Did you mean 'workers'\? It has: 'workers'/);
});

it('redrive says what it would do, and then runs tasks again under their own ids', async () => {
  const stream = uniqueStream('cli');
  let isBroken = true;

  @Controller()
  class Worker {
    @StreamHandler(stream)
    handle() {
      if (isBroken) throw new UnrecoverableError('429 Too many');
    }
  }
  const app = await startApp({ controllers: [Worker] });
  const ids = await app.producer.addBulk(stream, [{ payload: {} }, { payload: {} }]);
  const tasks = app.get(StreamTasks);
  const states = () => Promise.all(ids.map(async (id) => (await tasks.get(stream, id)).state));
  await eventually(async () => (await states()).every((state) => state === 'dead-lettered'));
  isBroken = false;

  const planned = await cli.run(['redrive', stream, '--error', '429', '--rate', '100', '--dry-run']);
  expect(planned.stdout).toMatch(/^would redrive 2 of 2/);
  expect((await cli.run(['redrive', stream, '--all', '--json'])).code).toBe(2);
  const done = await cli.run(['redrive', stream, '--error', '429', '--yes', '--json', '--reason', 'more quota']);
  expect(done).toMatchObject({ code: 0, lines: [{ operation: { state: 'done', done: 2, reason: 'more quota' } }] });
  await eventually(async () => (await states()).every((state) => state === 'completed'));
});

it('a redrive says first that its group is paused, or has no worker', async () => {
  const stream = uniqueStream('cli');
  const redis = redisCli();
  await redis.xadd(stream, '1-1', 'n', '1');
  await redis.xgroup('CREATE', stream, 'workers', '1-1');
  const letter = ['~dead-reason', 'max-deliveries', '~dead-error', 'Error: 429', '~dead-group', 'workers'];
  await redis.xadd(`{${stream}}:dead`, '*', ...letter, '~dead-id', '1-1', 'n', '1');

  await cli.run(['pause', stream, '--by', 'ops', '--reason', 'quota']);
  const { stdout } = await cli.run(['redrive', stream, '--all', '--dry-run']);
  expect(stdout).toMatch(/^would redrive 1 of 1/);
  expect(stdout).toMatch(/warning: The group 'workers' of '.*' is paused by ops until it is resumed: quota\./);
  expect(stdout).toMatch(/warning: The group 'workers' of '.*' has no live worker: its tasks wait for one\./);
});

it('a group and a dead worker are taken away only when nothing speaks against it, or it is meant', async () => {
  const stream = uniqueStream('cli');
  const redis = redisCli();
  await redis.xadd(stream, '1-1', 'n', '1');
  await redis.xgroup('CREATE', stream, 'old-test', '0');
  await redis.xreadgroup('GROUP', 'old-test', 'gone', 'STREAMS', stream, '>');
  const group = ['remove-group', stream, 'old-test'];
  const worker = ['remove-worker', stream, 'gone', '--group', 'old-test'];

  const refused = await cli.run([...worker, '--yes']);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/may be.*nothing was done/s) });
  expect((await cli.run([...worker, '--force'])).stderr).toContain(`${worker.join(' ')} --force --yes`);
  const taken = await cli.run([...worker, '--force', '--yes', '--json']);
  expect(taken).toMatchObject({ code: 0, lines: [{ removal: { isRemoved: true, handedOver: 1 } }] });
  const pending = await cli.run(['pending', stream, '--group', 'old-test', '--json']);
  expect(pending.lines).toMatchObject([{ id: '1-1', state: 'waiting', why: 'handed-back', deliveryCount: 1 }]);

  const planned = await cli.run([...group, '--dry-run']);
  expect(planned).toMatchObject({ code: 0, stdout: expect.stringContaining('1 pending') });
  expect(planned.stderr).toContain('warning: 1 entries were delivered and are not finished');
  expect((await cli.run([...group, '--yes'])).code).toBe(1);
  expect((await cli.run([...group, '--force', '--yes'])).code).toBe(0);
  expect(await redis.xinfo('GROUPS', stream)).toEqual([]);
  expect((await cli.run([...group, '--yes'])).code).toBe(1);
});
