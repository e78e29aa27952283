import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { Redis } from 'ioredis';
import { beforeAll, expect, it } from 'vitest';
import { commandLine } from '../../support/command-line.js';
import { eventually } from '../../support/eventually.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const exec = promisify(execFile);

let cli: ReturnType<typeof commandLine>;
beforeAll(async () => {
  cli = commandLine(await installWithoutNest());
});

/** A stream that so many tasks of were given up, every other one by an error 429. */
async function withLetters(count: number): Promise<{ stream: string; dead: string; redis: Redis }> {
  const stream = uniqueStream('cli');
  const dead = `{${stream}}:dead`;
  const redis = redisCli();
  for (let n = 1; n <= count; n++) {
    const error = n % 2 === 0 ? 'Error: 429 Too many' : 'Error: 500';
    const fields = ['~dead-reason', 'max-deliveries', '~dead-error', error, '~dead-group', 'workers'];
    await redis.xadd(dead, '*', ...fields, '~dead-id', `${n}-0`, 'n', n);
  }
  return { stream, dead, redis };
}

it('a purge says what it would do, and does it only when it is confirmed', async () => {
  const { stream, dead, redis } = await withLetters(4);
  expect(await cli.run(['purge', stream])).toMatchObject({ code: 2, stderr: expect.stringMatching(/is empty.*all/) });

  const planned = await cli.run(['purge', stream, '--error', '429', '--dry-run']);
  expect(planned.stdout).toMatch(/^would delete for good 2 of 2/);
  const unconfirmed = await cli.run(['purge', stream, '--error', '429 too', '--reason', "it's over"]);
  expect(unconfirmed.code).toBe(2);
  const command = String.raw`nestjs-redis-streams purge ${stream} --error '429 too' --reason 'it'\''s over' --yes`;
  expect(unconfirmed.stderr).toContain(command);
  expect(await redis.xlen(dead)).toBe(4);

  const { stdout } = await exec('bash', [
    '-c',
    command.replace('nestjs-redis-streams', `"${process.execPath}" "${cli.main}"`),
  ]);
  expect(stdout).toMatch(/done: 2 deleted/);
  expect(await redis.xlen(dead)).toBe(2);
  const operations = await cli.run(['operations', stream, '--json']);
  expect(operations.lines).toMatchObject(
    [{ kind: 'purge', state: 'done', done: 2, reason: "it's over", by: /@/ }].map(({ by, ...rest }) => ({
      ...rest,
      by: expect.stringMatching(by),
    })),
  );
});

it('Ctrl-C stops a bulk action where it is, and says how to go on; so it does', async () => {
  const { stream, dead, redis } = await withLetters(30);
  const purge = cli.start(['purge', stream, '--all', '--yes', '--rate', '10']);
  await eventually(async () => (await redis.xlen(dead)) < 30, 20_000);
  purge.process.kill('SIGINT');
  const { code, stderr } = await purge.ended;
  expect(code).toBe(130);
  const [, done, id] = /stopped after (\d+) of 30; continue: nestjs-redis-streams operations \S+ --continue (\S+)/.exec(
    stderr,
  )!;
  expect(await redis.xlen(dead)).toBe(30 - Number(done));

  // Its rate is kept; what is left is done in the time that is left of the test.
  const going = await cli.run(['operations', stream, '--continue', id!]);
  expect(going).toMatchObject({ code: 0, stdout: expect.stringContaining('done: 30 deleted') });
  expect(await redis.xlen(dead)).toBe(0);
  expect((await cli.run(['operations', stream, '--cancel', 'op_unknown'])).code).not.toBe(0);
});

it('at a terminal it asks, and shows how far it is', async (context) => {
  const hasScript = await exec('script', ['--version']).then(
    () => true,
    () => false,
  );
  if (!hasScript) context.skip();
  const { stream, dead, redis } = await withLetters(4);
  const purge = async (answer: string) => {
    const command = `"${process.execPath}" "${cli.main}" purge ${stream} --all --rate 40`;
    const terminal = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, TERM: 'xterm' } });
    let shown = '';
    terminal.stdout.on('data', (data: Buffer) => (shown += data.toString()));
    await eventually(() => shown.includes('to go on: '), 20_000);
    terminal.stdin.write(`${answer}\n`);
    await once(terminal, 'close');
    return { code: terminal.exitCode, shown };
  };
  expect(await purge('yes')).toMatchObject({ code: 2, shown: expect.stringContaining('nothing was done') });
  expect(await redis.xlen(dead)).toBe(4);
  const { code, shown } = await purge(stream);
  expect(code).toBe(0);
  expect(shown).toMatch(/█+ 4 of 4/);
  expect(await redis.xlen(dead)).toBe(0);
});
