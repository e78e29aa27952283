import { beforeAll, expect, it } from 'vitest';
import { commandLine } from '../../support/command-line.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

let cli: ReturnType<typeof commandLine>;
beforeAll(async () => {
  cli = commandLine(await installWithoutNest());
});

/** What only code says: a call, an object, a name in camel case. */
const CODE = /\w\('|\{ \w+: |\b[a-z]+[A-Z]\w*/;

/** A stream with a group that has never had a worker, and a letter of a task that had been redriven before, and is gone. */
async function oldStream(): Promise<string> {
  const stream = uniqueStream('cli').toLowerCase();
  const redis = redisCli();
  await redis.xgroup('CREATE', stream, 'workers', '0', 'MKSTREAM');
  const life = ['~dead-reason', 'undecodable', '~dead-error', 'Error: 429', '~dead-group', 'workers'];
  await redis.xadd(`{${stream}}:dead`, '*', ...life, '~dead-id', '1-1', 'n', '1');
  return stream;
}

it('what it refuses, and what it warns of, is said as the command line writes it', async () => {
  const stream = await oldStream();
  const wrong = [
    ['redrive', stream],
    ['redrive', stream, '--all', '--id', '1-1'],
    ['redrive', stream, '--all', '--rate', '0.001'],
    ['replay', stream],
    ['purge', stream, '--id', 'abc'],
    ['pause', stream, '--for', '0s'],
    ['pause', stream, '--for', '1h', '--until', '2030-01-01'],
    ['pause', stream, '--until', '2020-01-01'],
    ['add', stream, '{}', '--ttl', '0s'],
    ['add', stream, '{}', '--key-ttl', '1h'],
    ['add', stream, '{}', '--header', '~.task=1'],
    ['stats', stream, '--timeout', '0s'],
    ['history', `{${stream}}:dead`],
  ];
  const all = await Promise.all(wrong.map((args) => cli.run(args)));
  for (const [n, { code, stderr }] of all.entries()) {
    const what = wrong[n]!.join(' ');
    expect.soft(code, what).toBe(2);
    expect.soft(stderr, what).not.toMatch(CODE);
  }
  expect(all[0]!.stderr).toContain('--all for all of them');
  expect(all[2]!.stderr).toMatch(/^error: --rate must be/);
  expect(all[5]!.stderr).toMatch(/^error: --for must be 1ms to/);
  expect(all[12]!.stderr).toContain(`nestjs-redis-streams dead ${stream}`);

  const plan = await cli.run(['redrive', stream, '--all', '--dry-run']);
  expect(plan.stdout).toMatch(/^would redrive 0 of 1 · not eligible: 1 not-in-stream/);
  expect(plan.stdout).toContain('--copy-trimmed');
  expect(plan.stdout).not.toMatch(CODE);
});

/** Runs each, some at a time, as each is a process, and expects it to end with 1 and such words. */
async function expectNotThere(commands: readonly (readonly string[])[], words: RegExp): Promise<void> {
  for (let n = 0; n < commands.length; n += 6) {
    const some = commands.slice(n, n + 6);
    const ran = await Promise.all(some.map((args) => cli.run(args)));
    for (const [at, { code, stdout, stderr }] of ran.entries()) {
      const told = { code, words: stdout + stderr };
      expect.soft(told, some[at]!.join(' ')).toEqual({ code: 1, words: expect.stringMatching(words) });
    }
  }
}

it('a misspelt stream is no stream where all is well', { timeout: 60_000 }, async () => {
  const stream = await oldStream();
  const all = ['--all', '--dry-run'];
  const commands = [
    ...[['stats'], ['groups'], ['pending'], ['dead'], ['history'], ['operations'], ['doctor'], ['pause']],
    ...[
      ['redrive', ...all],
      ['replay', ...all],
      ['purge', ...all],
      ['cancel', '1-1'],
      ['tail', '--task', '1-1'],
    ],
  ].map(([command, ...args]) => [command!, `${stream}s`, ...args]);
  await expectNotThere(commands, /There is no (?:stream|task)/);
  // Nothing pending, where there is such a group, is an answer.
  expect(await cli.run(['pending', stream])).toMatchObject({ code: 0, stdout: '' });
});

it('nor is a misspelt group, worker or task', { timeout: 60_000 }, async () => {
  const stream = await oldStream();
  const commands = [
    ...[['groups'], ['pending'], ['dead'], ['tail'], ['pause'], ['task', '1-1'], ['cancel', '1-1', '--dry-run']],
    ...[
      ['redrive', '--dry-run'],
      ['replay', '--all', '--dry-run'],
    ],
  ].map(([command, ...args]) => [command!, stream, ...args, '--group', 'wrokers']);
  await expectNotThere(commands, /has no group 'wrokers'\. Did you mean 'workers'\? It has: 'workers'/);
  await expectNotThere([['remove-worker', stream, 'gone']], /has no worker 'gone'/);
  await expectNotThere([['cancel', stream, '9-9', '--dry-run']], /there is no such task/);
});

it('a task whose stream nobody has ever read is added, with a word about that', async () => {
  const stream = uniqueStream('cli');
  const added = await cli.run(['add', stream, '{}']);
  expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+-0\n$/) });
  expect(added.stderr).toMatch(
    /^warning: '.*' has no groups: no worker has started for it yet\. If the name is misspelt/,
  );
  await redisCli().xgroup('CREATE', stream, 'workers', '0');
  expect(await cli.run(['add', stream, '{}'])).toMatchObject({ code: 0, stderr: '' });
});

it('options of all commands may stand before a command and behind it, where they count more', async () => {
  const stream = await oldStream();
  const env = { REDIS_URL: 'redis://127.0.0.1:1' };
  const there = ['--url', process.env.REDIS_URL!];
  const runs = [
    [...there, '--json', 'stats', stream],
    ['--url', 'redis://127.0.0.1:1', 'stats', stream, ...there, '--json'],
  ].map((args) => cli.run(args, { env }));
  for (const ran of await Promise.all(runs)) {
    expect(ran).toMatchObject({ code: 0, lines: [{ streams: [{ stream }] }] });
  }
});

it('a replay that copies says so, before and after', async () => {
  const [stream, target] = [uniqueStream('cli'), uniqueStream('cli')];
  const redis = redisCli();
  await redis.xadd(stream, '1-1', 'n', '1');
  const copy = ['replay', stream, '--all', '--copy-to', target, '--by', 'ana'];
  const planned = await cli.run([...copy, '--dry-run']);
  expect(planned.stdout).toMatch(
    new RegExp(`^would copy 1 of 1 to '${target}'.*\\nwarning: All groups of '${target}'`),
  );
  expect((await cli.run([...copy, '--yes'])).stdout).toContain(`done: 1 copied to '${target}' · operation op_`);
  expect(await redis.xlen(target)).toBe(1);
});
