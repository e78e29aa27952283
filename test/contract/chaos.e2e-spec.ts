import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Most of it is for starting processes and ending them on a busy machine. */
const WITHIN_MS = 150_000;
/** For a machine that does other things, too. */
const SLOWLY = ['--rate', '100', '--drain-seconds', '80'];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it.each([
  ['workers, Redis and the network break', [], 500],
  // What no replica confirmed counts apart.
  ['workers, the nodes of a cluster and the network break', ['--cluster'], 100],
])('keeps its promises for 20 s while %s', { timeout: WITHIN_MS }, async (_what, args, leastAccepted) => {
  const { code, stdout, stderr } = await chaos('--json', '--seconds', '20', '--seed', '1', ...SLOWLY, ...args);
  const broken = stderr.slice(0, 8_000);
  expect({ code, broken }).toEqual({ code: 0, broken: '' });
  const figures = JSON.parse(stdout) as Record<string, unknown>;
  expect(figures).toMatchObject({
    lost: 0,
    stuck: 0,
    badAdds: 0,
    badEnds: 0,
    twoEnds: 0,
    lateStarts: 0,
    badWaits: 0,
    badWatches: 0,
    overlappingRuns: 0,
    unhandledRejections: 0,
    unexpectedEnds: 0,
    wedgedWorkers: 0,
    connectionsLeaked: 0,
  });
  const traffic = figures as Record<string, Record<string, number>>;
  for (const [kind, count] of [
    ['chains', 'results'],
    ['delayed', 'moved'],
    ['keyed', 'keys'],
    ['schedules', 'ticks'],
    ['letters', 'redriven'],
    ['replays', 'replayed'],
    ['pauses', 'pausedSeconds'],
  ] as const) {
    expect({ kind, isThere: traffic[kind]![count]! > 5 }).toEqual({ kind, isThere: true });
  }
  expect(figures.accepted).toBeGreaterThan(leastAccepted);
  // Whether a watched run begins again in so short a time is chance.
  for (const count of ['awaited', 'watched', 'cancelled', 'expired']) {
    expect({ count, seen: (figures[count] as number) > 0 }).toEqual({ count, seen: true });
  }
  expect(Object.keys(figures.faults as object).length).toBeGreaterThan(3);
});

function chaos(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'test/chaos/main.ts', ...args];
  // Its Redis is its own: the one that other tests share must not be killed.
  const env = { ...process.env, REDIS_URL: undefined };
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: ROOT, env, timeout: WITHIN_MS - 5_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr });
    });
  });
}
