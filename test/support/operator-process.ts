import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import type {
  DeadLetterSelection,
  RedisStreamsOptions,
  RedriveOptions,
  ReplayOptions,
  ReplayRange,
} from 'nestjs-redis-streams';
import { kill } from './reply-process.js';

export interface OperatorConfig {
  readonly stream: string;
  /** One of these. */
  readonly purge?: DeadLetterSelection;
  readonly redrive?: DeadLetterSelection;
  readonly replay?: ReplayRange;
  readonly options: ReplayOptions & RedriveOptions;
  readonly connection?: RedisStreamsOptions['connection'];
}

/** A process of its own that starts a bulk action and goes on with it; killed with the test. @returns it and the bulk action's id */
export async function startOperator(config: OperatorConfig): Promise<{ operator: ChildProcess; id: string }> {
  const operator = fork(new URL('./operator-main.ts', import.meta.url), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, OPERATOR: JSON.stringify(config) },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  onTestFinished(() => kill(operator));
  const [id] = (await once(operator, 'message')) as [string];
  return { operator, id };
}
