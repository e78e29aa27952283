import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { startRedis } from '../../scripts/redis/start-redis.mjs';

export interface OwnRedis {
  readonly url: string;
  readonly port: number;
  /** Where its data is. */
  readonly dir: string;
  /** Stops the server in its tracks, as a frozen machine would. */
  freeze(): void;
  thaw(): void;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts it again on the same port and data; more settings win over the first ones. */
  restart(...more: string[]): Promise<void>;
}

/** A Redis for one test that may freeze or kill it. Keeps its data (AOF, fsync always), ends with the test. */
export function ownRedis(...args: string[]): Promise<OwnRedis> {
  return ownRedisWith({ args });
}

/** @param env added to the environment of this process */
export async function ownRedisWith({
  args = [],
  env,
}: {
  args?: string[];
  env?: NodeJS.ProcessEnv;
}): Promise<OwnRedis> {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-own-'));
  const settings = {
    dir,
    env,
    args: ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always', '--repl-diskless-sync-delay', '0', ...args],
  };
  let running = await startRedis(settings);
  const { port, url } = running;
  onTestFinished(async () => {
    // Its data goes anyway, and a replica without its master may take long to stop.
    const { process: server } = running;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    if (server.exitCode === null && server.signalCode === null) {
      server.kill('SIGKILL');
      await ended;
    }
    await rm(dir, { recursive: true, force: true });
  });
  return {
    url,
    port,
    dir,
    freeze: () => void running.process.kill('SIGSTOP'),
    thaw: () => void running.process.kill('SIGCONT'),
    kill: async () => {
      const ended = new Promise((resolve) => running.process.once('exit', resolve));
      running.process.kill('SIGKILL');
      await ended;
    },
    restart: async (...more) => {
      running = await startRedis({ ...settings, args: [...settings.args, ...more], port });
    },
  };
}
