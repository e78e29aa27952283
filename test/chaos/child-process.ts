import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const running = new Set<ChildProcess>();

/** Runs a TypeScript file of this folder as a process of its own, with a channel for messages. */
export function startChild(file: string, env: Record<string, string>): ChildProcess {
  const child = fork(new URL(file, import.meta.url), {
    cwd: ROOT,
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, REDIS_STREAMS_CONSUME: undefined, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

// Whatever ends this process ends what it started, frozen ones too.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
