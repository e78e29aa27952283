import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { RedisStreamsOptions } from 'nestjs-redis-streams';
import { kill } from './reply-process.js';
import { onTestFinished } from 'vitest';

export interface DelayerConfig {
  readonly streams: readonly string[];
  readonly delayMs: number;
  /** Own ids of tasks, one in each stream, that get this delay instead of new ones. */
  readonly reschedules?: readonly string[];
  readonly connection?: RedisStreamsOptions['connection'];
}

/** A process that delays a task in each stream, and dies as soon as it knows that it has. @returns the tasks' ids */
export async function delayAndDie(config: DelayerConfig): Promise<string[]> {
  const child = fork(new URL('./delayer-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, DELAYER: JSON.stringify(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => kill(child));
  const ended = once(child, 'exit');
  const [ids] = (await once(child, 'message')) as [string[]];
  await ended;
  return ids;
}
