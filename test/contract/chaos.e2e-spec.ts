import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it('keeps its promises for 20 s while workers, Redis and the network break', { timeout: 90_000 }, async () => {
  const { code, stdout, stderr } = await chaos('--json', '--seconds', '20', '--seed', '1');
  const broken = stderr.slice(0, 8_000);
  expect({ code, broken }).toEqual({ code: 0, broken: '' });
  const figures = JSON.parse(stdout) as Record<string, unknown>;
  expect(figures).toMatchObject({
    lost: 0,
    stuck: 0,
    badAdds: 0,
    overlappingRuns: 0,
    unhandledRejections: 0,
    unexpectedEnds: 0,
    wedgedWorkers: 0,
    connectionsLeaked: 0,
  });
  expect(figures.accepted).toBeGreaterThan(1_000);
  expect(Object.keys(figures.faults as object).length).toBeGreaterThan(3);
});

function chaos(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const command = ['--import', 'tsx', 'test/chaos/main.ts', ...args];
  // Its Redis is its own: the one that other tests share must not be killed.
  const env = { ...process.env, REDIS_URL: undefined };
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd: ROOT, env, timeout: 85_000 }, (error, stdout, stderr) => {
      resolve({ code: error ? (typeof error.code === 'number' ? error.code : 1) : 0, stdout, stderr });
    });
  });
}
