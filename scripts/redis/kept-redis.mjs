import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { freePort, startRedis } from './start-redis.mjs';

/**
 * @typedef {{ owner: number, redis?: { pid: number, port: number } }} Lock
 * @typedef {import('./start-redis.mjs').RunningRedis} RunningRedis
 */

/**
 * Starts a Redis that keeps its data in `dir` from run to run. Two servers on one data folder would destroy it, so that a
 * lock beside it names who runs one; a server whose starter was killed is stopped first.
 * @param {{ dir: string, say: (line: string) => void }} options
 * @returns {Promise<RunningRedis>}
 */
export async function startKeptRedis({ dir, say }) {
  await mkdir(dir, { recursive: true });
  const lockFile = join(dir, '..', 'redis.lock');
  await takeLock(lockFile, dir, say);
  try {
    const port = await freePort();
    const settings = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''];
    const redis = await startRedis({ dir, port, say, args: settings });
    await writeFile(lockFile, JSON.stringify({ owner: process.pid, redis: { pid: redis.process.pid, port } }));
    return {
      ...redis,
      stop: async () => {
        await redis.stop();
        await rm(lockFile, { force: true });
      },
    };
  } catch (error) {
    await rm(lockFile, { force: true });
    throw error;
  }
}

/**
 * @param {string} lockFile
 * @param {string} dir
 * @param {(line: string) => void} say
 */
async function takeLock(lockFile, dir, say) {
  for (;;) {
    try {
      const file = await open(lockFile, 'wx');
      await file.writeFile(JSON.stringify({ owner: process.pid }));
      await file.close();
      return;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const lock = await readLock(lockFile);
    if (lock && (await isStarter(lock.owner))) {
      throw new Error(
        `Another start (process ${lock.owner}) keeps its Redis in ${dir}. Stop that one first, or set REDIS_URL to use a ` +
          'Redis of your own.',
      );
    }
    if (lock?.redis) await stopLeftOver(lock.redis, say);
    await rm(lockFile, { force: true });
  }
}

/**
 * @param {string} lockFile
 * @returns {Promise<Lock | undefined>} undefined for a lock that its owner did not live to write
 */
async function readLock(lockFile) {
  // Its owner makes the file a moment before it writes into it.
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      return JSON.parse(await readFile(lockFile, 'utf8'));
    } catch {
      await wait(50);
    }
  }
  return undefined;
}

/**
 * Whether the process lives and is a start of ours: numbers are used again.
 * @param {number} pid
 */
async function isStarter(pid) {
  if (pid === process.pid || !isAlive(pid)) return false;
  const commandLine = `/proc/${pid}/cmdline`;
  if (!existsSync('/proc/self/cmdline')) return true;
  return (await readFile(commandLine, 'utf8').catch(() => '')).includes('start.mjs');
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Stops the Redis of a start that was killed. What answers on its port is asked who it is before anything is stopped.
 * @param {{ pid: number, port: number }} redis
 * @param {(line: string) => void} say
 */
async function stopLeftOver({ pid, port }, say) {
  const client = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null });
  client.on('error', () => undefined);
  try {
    const about = await client.info('server');
    if (!new RegExp(`^process_id:${pid}\r?$`, 'm').test(about)) return;
  } catch {
    return;
  } finally {
    client.disconnect();
  }
  say(`Stopping the Redis (process ${pid}) that an earlier, killed start has left running on this data.`);
  process.kill(pid, 'SIGTERM');
  for (let attempt = 0; attempt < 200 && isAlive(pid); attempt++) await wait(50);
  if (isAlive(pid)) throw new Error(`The Redis of an earlier start (process ${pid}) does not stop. End it by hand.`);
}
