import { mkdir } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { lockFolder } from './folder-lock.mjs';
import { identityOf, isRunning } from './process-identity.mjs';
import { startRedis } from './start-redis.mjs';

/**
 * @typedef {import('./process-identity.mjs').ProcessIdentity} ProcessIdentity
 * @typedef {import('./start-redis.mjs').RunningRedis} RunningRedis
 */

const STOP_TIMEOUT_MS = 30_000;

/**
 * Starts a Redis that keeps its data in `dir` from run to run. Two servers on one data folder would destroy it, so that a
 * lock beside it names who runs one; a server whose starter was killed is stopped first.
 * @param {{ dir: string, say: (line: string) => void }} options
 * @returns {Promise<RunningRedis>}
 * @throws Error when another start keeps its Redis there, or the one that a killed start has left does not stop
 */
export async function startKeptRedis({ dir, say }) {
  await mkdir(dir, { recursive: true });
  const lock = await lockFolder(dir);
  if (lock.leftRedis) await stopLeftOver(lock.leftRedis, say);
  const redis = await startRedis({
    dir,
    say,
    args: ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
    beforeRun: async (pid) => {
      const identity = await identityOf(pid);
      if (identity) await lock.noteRedis(identity);
    },
  });
  return {
    ...redis,
    stop: async () => {
      await redis.stop();
      await lock.release();
    },
  };
}

/**
 * @param {ProcessIdentity} redis
 * @param {(line: string) => void} say
 */
async function stopLeftOver(redis, say) {
  if (!(await isRunning(redis))) return;
  const { pid } = redis;
  say(`Stopping the Redis (process ${pid}) that an earlier, killed start has left running on this data.`);
  try {
    process.kill(pid, 'SIGCONT');
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error;
  }
  const deadline = performance.now() + STOP_TIMEOUT_MS;
  while (await isRunning(redis)) {
    if (performance.now() > deadline) {
      throw new Error(`The Redis of an earlier start (process ${pid}) does not stop. End it by hand: kill -9 ${pid}`);
    }
    await wait(50);
  }
}
