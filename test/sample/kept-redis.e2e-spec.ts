import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';

const STARTER = fileURLToPath(new URL('kept-redis-start.mjs', import.meta.url));

interface Start {
  readonly process: ChildProcess;
  /** `running …` or `refused …`; undefined when it was killed before. */
  readonly said: Promise<string | undefined>;
}

function start(dir: string): Start {
  const child = spawn(process.execPath, [STARTER, dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  const said = new Promise<string | undefined>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += String(chunk);
      if (output.includes('\n')) resolve(output.trim());
    });
    child.once('exit', () => resolve(output.trim() || undefined));
  });
  return { process: child, said };
}

/** The servers that work in the folder, whoever started them: only Redis itself goes there. */
async function serversIn(dir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const working = await Promise.all(
    pids.map(async (pid) => ((await readlink(`/proc/${pid}/cwd`).catch(() => '')) === dir ? [Number(pid)] : [])),
  );
  return working.flat();
}

async function dataFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'nrs-kept-'));
  const dir = join(parent, 'redis');
  onTestFinished(async () => {
    for (const pid of await serversIn(dir)) process.kill(pid, 'SIGKILL');
    await rm(parent, { recursive: true, force: true, maxRetries: 5 });
  });
  return dir;
}

/** Exactly one runs its Redis, the others were refused, and no other server is in the folder. */
async function oneRuns(dir: string, starts: readonly Start[]): Promise<Start> {
  const replies = await Promise.all(starts.map(({ said }) => said));
  const running = replies.filter((reply) => reply?.startsWith('running'));
  expect(running, replies.join('\n')).toHaveLength(1);
  for (const reply of replies)
    if (reply !== running[0]) expect(reply).toMatch(/^refused Another start \(process \d+\)/);
  expect(await serversIn(dir)).toEqual([Number(running[0]!.split(' ')[1])]);
  return starts[replies.indexOf(running[0])]!;
}

it.runIf(process.platform === 'linux')(
  'lets one of many starts have the data folder, each time that the one before was killed',
  { timeout: 120_000 },
  async () => {
    const dir = await dataFolder();
    let holder = start(dir);
    await holder.said;
    for (let round = 0; round < 5; round++) {
      holder.process.kill('SIGKILL');
      holder = await oneRuns(
        dir,
        Array.from({ length: 5 }, () => start(dir)),
      );
    }
  },
);

it.runIf(process.platform === 'linux')(
  'finds the server of a start that was killed at any moment of its own',
  { timeout: 120_000 },
  async () => {
    const dir = await dataFolder();
    for (let round = 0; round < 8; round++) {
      const killed = start(dir);
      await wait(40 + 40 * round);
      killed.process.kill('SIGKILL');
      const holder = await oneRuns(dir, [start(dir), start(dir)]);
      holder.process.kill(round % 2 ? 'SIGKILL' : 'SIGTERM');
      await new Promise((resolve) => holder.process.once('exit', resolve));
    }
  },
);

async function portOf({ said }: Start): Promise<number> {
  return Number((await said)!.split(' ')[2]);
}

it('keeps the data from one start to the next', async () => {
  const dir = await dataFolder();
  const first = start(dir);
  const client = new Redis(await portOf(first), { maxRetriesPerRequest: 0 });
  await client.set('kept', 'yes');
  client.disconnect();
  first.process.kill('SIGTERM');
  await new Promise((resolve) => first.process.once('exit', resolve));

  const again = new Redis(await portOf(start(dir)), { maxRetriesPerRequest: 0 });
  onTestFinished(() => again.disconnect());

  expect(await eventually(() => again.get('kept'))).toBe('yes');
});
