import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

export interface ReplyTask {
  readonly chunks: readonly unknown[];
  readonly result?: unknown;
}

export interface ReplyProcessConfig {
  readonly stream: string;
  /** Its handler never ends, once it has written its chunks. */
  readonly holds?: boolean;
  /** It runs no tasks, but sends this one, and tells what is emitted. */
  readonly sends?: ReplyTask;
}

/** A process that replies, or sends; it is ready, and killed with the test. */
export async function startReplyProcess(config: ReplyProcessConfig): Promise<ChildProcess> {
  const child = fork(new URL('./reply-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, REPLY: JSON.stringify(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => kill(child));
  await once(child, 'message');
  return child;
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
