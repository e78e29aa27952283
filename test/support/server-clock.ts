import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type OwnRedis, ownRedisWith } from './own-redis.js';

const SOURCE = fileURLToPath(new URL('server-clock.c', import.meta.url));

/** Servers are given a clock of their own by a few lines of C. */
export const canSetServerClock = process.platform === 'linux' && spawnSync('cc', ['--version']).status === 0;

export const unlessClockCannotBeSet = canSetServerClock
  ? ''
  : ' (skipped: it takes Linux and a C compiler; Debian has it in its packages gcc and libc6-dev, and .ci/run installs it)';

export interface RedisWithClock extends OwnRedis {
  /** Sets its clock so far ahead of ours, or behind. */
  setClock(aheadMs: number): Promise<void>;
}

/** A Redis for one test that may set its clock, as somebody may do on a server, or a failover to a machine with another one. */
export async function redisWithClock(): Promise<RedisWithClock> {
  const dir = await mkdtemp(join(tmpdir(), 'nrs-clock-'));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  const [library, offset] = [join(dir, 'server-clock.so'), join(dir, 'offset')];
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, SOURCE]);
  const microseconds = Buffer.alloc(8);
  const write = async () => await writeFile(offset, microseconds, { flag: 'r+' });
  await writeFile(offset, microseconds);
  const redis = await ownRedisWith({ env: { LD_PRELOAD: library, CLOCK_OFFSET_FILE: offset } });
  return {
    ...redis,
    setClock: async (aheadMs) => {
      microseconds.writeBigInt64LE(BigInt(aheadMs) * 1_000n);
      await write();
    },
  };
}
