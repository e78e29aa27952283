import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { commandLine } from '../../support/command-line.js';
import { eventually } from '../../support/eventually.js';
import { installWithoutNest } from '../../support/installed-library.js';
import { ownRedis } from '../../support/own-redis.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const exec = promisify(execFile);

let cli: ReturnType<typeof commandLine>;
beforeAll(async () => {
  cli = commandLine(await installWithoutNest());
});

async function onTerminal(command: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await exec('script', ['-qec', `"${process.execPath}" "${cli.main}" ${command}`, '/dev/null'], {
    env: { ...process.env, TERM: 'xterm', ...env },
  });
  return stdout;
}

describe('what others wrote', () => {
  /** Clears a screen, in two ways; turns text around; ends a line. */
  const EVIL = 'a\u001b[2Jb\u009b2Jc\u202ed\re\nf\u0007';
  // oxlint-disable-next-line eslint/no-control-regex -- these are meant
  const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

  it('does not reach the terminal as control characters, and JSON brings it back as it was', async () => {
    const stream = uniqueStream('evil');
    const redis = redisCli();
    const id = await redis.xadd(stream, '*', 'text', EVIL, '~header', EVIL);
    await redis.xgroup('CREATE', stream, EVIL, '0');
    await redis.xgroup('CREATE', stream, 'workers', '0');
    await redis.xreadgroup('GROUP', 'workers', EVIL, 'COUNT', 1, 'STREAMS', stream, '>');
    const letter = ['~dead-reason', EVIL, '~dead-error', EVIL, '~dead-group', EVIL, '~dead-id', id!, 'text', EVIL];
    await redis.xadd(`{${stream}}:dead`, '*', ...letter);
    const commands = [
      ['history', stream],
      ['task', stream, id!],
      ['pending', stream],
      ['dead', stream],
      ['dead', stream, '--summary'],
      ['groups', stream],
      ['stats', stream],
      ['doctor', stream],
    ];
    const ran = await Promise.all(
      [...commands, ['history', stream, '--json'], ['dead', stream, '--json']].map((args) => cli.run(args)),
    );
    for (const { stdout, stderr } of ran) {
      expect(stdout).not.toMatch(OBEYED);
      expect(stderr).not.toMatch(OBEYED);
      expect(stdout).toMatch(/./);
    }
    expect(ran.at(-2)!.lines).toMatchObject([{ payload: { text: EVIL }, headers: { header: EVIL } }]);
    expect((await cli.run(['stats', EVIL, '--prefix', EVIL])).stderr).not.toMatch(OBEYED);
  });
});

describe('passwords', () => {
  it('as an argument are refused, and not repeated', async () => {
    const ran = await cli.run(['stats', '--url', 'redis://user:hunter2@127.0.0.1:1']);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/--url has a password.*REDIS_URL/);
    expect(ran.stderr).not.toContain('hunter2');
  });

  it('that are wrong are told as such at once, without the password', async () => {
    const redis = await ownRedis('--requirepass', 'right');
    const env = { REDIS_URL: `redis://:hunter2@127.0.0.1:${redis.port}` };
    const ran = await cli.run(['stats'], { env });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(new RegExp(`127.0.0.1:${redis.port} answered, but did not let us in.*WRONGPASS`));
    expect(ran.stderr).not.toContain('hunter2');
    expect((await cli.run(['stats'], { env: { REDIS_URL: `redis://:right@127.0.0.1:${redis.port}` } })).code).toBe(0);
  });
});

it.each([
  [['statz'], /unknown command 'statz'.*\n.*stats/],
  [['history'], /missing required argument 'stream'/],
  [['history', 's', '--from', 'yesterday-ish'], /It is an entry id, a date/],
  [['history', 's', '--limti', '3'], /unknown option '--limti'.*\n.*--limit/],
  [['history', 'a{b'], /may hold no brace/],
  [['add', 's', '{bad'], /The payload is no JSON/],
  [['add', 's'], /A task has a payload/],
  [['tail', 's', '--task', '1-1', '--errors'], /does not go with --errors/],
  [['stats', '--url', 'http://example.test'], /must be a URL such as redis:/],
])('wrong use ends with 2, and says what is meant: %s', async (args, words) => {
  const ran = await cli.run(args);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toMatch(words);
  expect(ran.stderr).not.toContain('    at ');
});

it('a Redis that is away is told in time, without a stack', async () => {
  const ran = await cli.run(['stats', 's', '--timeout', '500ms'], { env: { REDIS_URL: 'redis://127.0.0.1:1' } });
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toMatch(/^error: Redis at 127.0.0.1:1 could not be reached within 500 ms/m);
  expect(ran.stderr).not.toContain('    at ');
});

it('Ctrl-C ends a question to a Redis that hangs at once, with 130', async () => {
  const sockets: Socket[] = [];
  const hanging = createServer((socket) => void sockets.push(socket)).listen(0, '127.0.0.1');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    hanging.close();
  });
  await once(hanging, 'listening');
  const { port } = hanging.address() as AddressInfo;
  const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
  const stats = cli.start(['stats', 's', '--timeout', '1h'], { env });
  await eventually(() => sockets.length > 0, 20_000);
  stats.process.kill('SIGINT');
  expect((await stats.ended).code).toBe(130);
});

it('whoever has read enough may close the pipe', async () => {
  const stream = uniqueStream('cli');
  const redis = redisCli();
  const adds = redis.pipeline();
  for (let n = 0; n < 2_000; n++) adds.xadd(stream, '*', 'text', 'x'.repeat(150));
  await adds.exec();
  const command = `"${process.execPath}" "${cli.main}" history ${stream} --limit 2000 | head -2; exit \${PIPESTATUS[0]}`;
  const { stdout, stderr } = await exec('bash', ['-c', command]);
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toHaveLength(3);
});

describe('doctor', () => {
  it('finds what loses tasks, and ends with 4', async () => {
    const redis = await ownRedis('--maxmemory', '1gb', '--maxmemory-policy', 'allkeys-lru', '--timeout', '10');
    const ran = await cli.run(['doctor'], { env: { REDIS_URL: redis.url } });
    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(/^FAIL {2}R03 eviction policy +maxmemory-policy is allkeys-lru.* → CONFIG SET/m);
    expect(ran.stdout).toMatch(/^WARN {2}R08 idle connections/m);
    expect(ran.stdout).toMatch(/^PASS {2}R04 persistence +AOF is on \(appendfsync always\)/m);
  });

  it('finds that nothing is kept on disk, and tells only problems where it is asked to', async () => {
    const redis = await ownRedis('--appendonly', 'no', '--save', '');
    const ran = await cli.run(['doctor', '--problems'], { env: { REDIS_URL: redis.url } });
    expect(ran.code).toBe(4);
    expect(ran.stdout).toMatch(
      /^FAIL {2}R04 persistence +nothing is kept on disk.* → CONFIG SET appendonly yes, then CONFIG REWRITE.*\n$/,
    );
    await redisCli(redis.url).config('SET', 'save', '3600 1');
    const warned = await cli.run(['doctor', '--problems'], { env: { REDIS_URL: redis.url } });
    expect(warned).toMatchObject({ code: 3, stdout: expect.stringMatching(/^WARN {2}R04 .*since the last snapshot/) });
    await redisCli(redis.url).config('SET', 'appendonly', 'yes');
    const well = await cli.run(['doctor', '--problems'], { env: { REDIS_URL: redis.url } });
    expect(well).toMatchObject({ code: 0, stdout: '', stderr: 'No problems: 12 checks.\n' });
  });

  it('finds that Redis is away, whatever streams it is to look at', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:1' };
    const ran = await cli.run(['doctor', 'a-stream', '--timeout', '500ms'], { env });
    expect(ran).toMatchObject({ code: 4, stderr: '' });
    expect(ran.stdout).toMatch(/^FAIL {2}R01 server +Redis at 127\.0\.0\.1:1 could not be reached within 500 ms .*\n$/);
    const json = await cli.run(['doctor', '--json', '--timeout', '500ms'], { env });
    expect(json.lines).toMatchObject([{ findings: [{ code: 'R01', status: 'fail' }] }]);
  });

  it('skips what may not be asked, with a line each', async () => {
    const redis = await ownRedis();
    const admin = redisCli(redis.url);
    const rights = ['+@all', '-config', '-info', '-client', '-acl', '-@dangerous', '+scan'];
    await admin.call('ACL', 'SETUSER', 'narrow', 'on', '>password', '~*', '+@all', ...rights);
    // All channels, which 6.0 does not know how to deny.
    await admin.call('ACL', 'SETUSER', 'narrow', '&*').catch(() => undefined);
    const ran = await cli.run(['doctor', '--json'], {
      env: { REDIS_URL: `redis://narrow:password@127.0.0.1:${redis.port}` },
    });
    expect(ran.code).toBe(0);
    const found = ran.lines[0]!.findings as { code: string; status: string }[];
    const skipped = found.filter(({ status }) => status === 'skip').map(({ code }) => code);
    expect(skipped).toEqual(['R01', 'R03', 'R04', 'R05', 'R07', 'R08', 'R09', 'R10', 'R11']);
  });

  it('tells what a proxy would refuse, which is not what a user may not do', async () => {
    // As a proxy answers that does not know the command.
    const proxied = await ownRedis('--rename-command', 'XREADGROUP', '');
    const refused = await cli.run(['doctor', '--server-only'], { env: { REDIS_URL: proxied.url } });
    expect(refused.stdout).toMatch(/^FAIL {2}R12 proxies +reads that wait are refused: /m);

    const redis = await ownRedis();
    const admin = redisCli(redis.url);
    const examine = async (user: string, ...rights: string[]) => {
      await admin.call('ACL', 'SETUSER', user, 'on', '>password', '~*', '+@all', ...rights);
      const env = { REDIS_URL: `redis://${user}:password@127.0.0.1:${redis.port}` };
      return (await cli.run(['doctor', '--server-only'], { env })).stdout;
    };
    expect(await examine('no-reads', '-xreadgroup')).not.toMatch(/^FAIL {2}R12/m);
    expect(await examine('no-bells', '-subscribe')).toMatch(/^WARN {2}R12 proxies +SUBSCRIBE is refused: /m);
  });

  it('tells of a stream on which nobody works, and what nobody takes over', async () => {
    const stream = uniqueStream('cli');
    const redis = redisCli();
    await redis.xadd(stream, '*', 'a', 'b');
    await redis.xgroup('CREATE', stream, 'workers', '0');
    await redis.zadd(`{${stream}}:workers:retry`, 1, '1-1');
    const { stdout } = await cli.run(['doctor', stream]);
    expect(stdout).toMatch(/^FAIL {2}S01 workers +\S+: nobody works on what waits in 'workers'/m);
    expect(stdout).toMatch(/^WARN {2}S04 due tasks +\S+: retries in 'workers' are due/m);
  });
});

describe('on a terminal', () => {
  it('there are colours, but with NO_COLOR, --no-color and a dumb terminal; off it there are none', async (context) => {
    const hasScript = await exec('script', ['--version']).then(
      () => true,
      () => false,
    );
    if (!hasScript) context.skip();
    const stream = uniqueStream('cli');
    await redisCli().xadd(stream, '*', 'a', 'b');
    const coloured = '\u001b[1mSTREAM';
    expect(await onTerminal(`stats ${stream}`)).toContain(coloured);
    expect(await onTerminal(`stats ${stream}`, { NO_COLOR: '1' })).not.toContain('\u001b');
    expect(await onTerminal(`stats ${stream} --no-color`)).not.toContain('\u001b');
    expect(await onTerminal(`stats ${stream}`, { TERM: 'dumb' })).not.toContain('\u001b');
    expect((await cli.run(['stats', stream])).stdout).not.toContain('\u001b');
  });
});
