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

it('a misspelt stream or group is no stream where all is well', async () => {
  const stream = await oldStream();
  const misspelt = [
    ['stats', `${stream}s`],
    ['groups', `${stream}s`],
    ['pending', `${stream}s`],
    ['dead', `${stream}s`],
    ['history', `${stream}s`],
    ['operations', `${stream}s`],
    ['doctor', `${stream}s`],
    ['redrive', `${stream}s`, '--all', '--dry-run'],
    ['replay', `${stream}s`, '--all', '--dry-run'],
    ['purge', `${stream}s`, '--all', '--dry-run'],
    ['tail', `${stream}s`, '--task', '1-1'],
    ['pending', stream, '--group', 'wrokers'],
    ['groups', stream, '--group', 'wrokers'],
  ];
  const all = await Promise.all(misspelt.map((args) => cli.run(args)));
  for (const [n, { code, stderr }] of all.entries()) {
    expect.soft({ code, stderr }, misspelt[n]!.join(' ')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no (?:stream|task)|has no group 'wrokers'\. It has: 'workers'/),
    });
  }
  // Nothing pending, where there is such a group, is an answer.
  expect(await cli.run(['pending', stream])).toMatchObject({ code: 0, stdout: '' });
});
