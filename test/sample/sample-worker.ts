import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type SampleApp, workersAt } from './sample-app.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SampleWorker {
  readonly pid: number;
  kill(): Promise<void>;
}

/** A worker of the sample in a process of its own, once the API has heard of it; killed with the test. */
export async function startSampleWorker(api: SampleApp, environment: Record<string, string>): Promise<SampleWorker> {
  const child = fork(await bundledWorker(), {
    execArgv: [],
    env: { ...process.env, REDIS_STREAMS_CONSUME: 'true', ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new Promise<unknown>((resolve) => child.once('exit', resolve));
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(kill);
  await eventually(async () => {
    return (await workersAt(api)).some(({ name }) => name.endsWith(`:${child.pid}`));
  }, 30_000);
  return { pid: child.pid!, kill };
}

/** The sample's worker and the library in one file, within a second; it finds its packages from where it lies. */
async function bundledWorker(): Promise<string> {
  const cache = join(ROOT, 'node_modules/.cache');
  await mkdir(cache, { recursive: true });
  const outDir = await mkdtemp(join(cache, 'sample-worker-'));
  onTestFinished(() => rm(outDir, { recursive: true, force: true }));
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    resolve: { tsconfigPaths: true },
    ssr: { noExternal: ['nestjs-redis-streams'] },
    build: { ssr: join(ROOT, 'apps/document-pipeline/src/worker.ts'), outDir, target: 'node20' },
  });
  return join(outDir, 'worker.js');
}
