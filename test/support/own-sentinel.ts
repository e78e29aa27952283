import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { findRedisServer } from '../../scripts/redis/find-redis.mjs';
import { freePort } from '../../scripts/redis/start-redis.mjs';
import { eventually } from './eventually.js';
import { type OwnRedis, ownRedis } from './own-redis.js';
import { redisCli } from './redis-cli.js';
import { untilReplicated } from './replication.js';

export interface OwnSentinel {
  readonly name: string;
  readonly sentinels: readonly { host: string; port: number }[];
  readonly master: OwnRedis;
  readonly replica: OwnRedis;
}

/** A master and a replica, watched by three Sentinels that fail over within seconds; for one test. */
export async function ownSentinel(): Promise<OwnSentinel> {
  const master = await ownRedis('--appendonly', 'no');
  const replica = await ownRedis('--appendonly', 'no', '--replicaof', '127.0.0.1', String(master.port));
  await untilReplicated(redisCli(master.url));
  const ports = await Promise.all([1, 2, 3].map(() => startSentinel(master.port)));
  const cli = redisCli(`redis://127.0.0.1:${ports[0]}`);
  await eventually(async () => {
    const state = (await cli.call('SENTINEL', 'MASTER', 'tasks')) as string[];
    const value = (name: string) => state[state.indexOf(name) + 1];
    return value('num-other-sentinels') === '2' && value('num-slaves') === '1';
  }, 20_000);
  return { name: 'tasks', sentinels: ports.map((port) => ({ host: '127.0.0.1', port })), master, replica };
}

async function startSentinel(masterPort: number): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-sentinel-'));
  const port = await freePort();
  const config = join(dir, 'sentinel.conf');
  await writeFile(
    config,
    [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${dir}`,
      `sentinel monitor tasks 127.0.0.1 ${masterPort} 2`,
      'sentinel down-after-milliseconds tasks 1000',
      'sentinel failover-timeout tasks 3000',
    ].join('\n'),
  );
  const program = await findRedisServer();
  const server = spawn(program.path, [config, '--sentinel'], {
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let said = '';
  server.stdout.on('data', (chunk: Buffer) => (said = (said + chunk).slice(-2_000)));
  const ended = new Promise((resolve) => server.once('exit', resolve));
  onTestFinished(async () => {
    server.kill('SIGKILL');
    await ended;
    await rm(dir, { recursive: true, force: true });
  });
  const cli = redisCli(`redis://127.0.0.1:${port}`);
  await eventually(async () => {
    // Somebody else on this port would answer, too.
    if (server.exitCode !== null) throw new Error(`The Sentinel on port ${port} ended:\n${said}`);
    return (await cli.info('server')).includes(`process_id:${server.pid}`);
  });
  return port;
}
