import { setTimeout as wait } from 'node:timers/promises';
import { RetryLaterError, type StreamContext, UnrecoverableError } from 'nestjs-redis-streams';
import type { ChaosTask } from './tasks.js';

/** What no handler should reject with, and some do. */
const ODD_REJECTIONS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => 0,
  () => 'a text',
  () => Symbol('odd'),
  () => Object.create(null) as unknown,
  () => Object.freeze({ code: 'ODD' }),
  () => Object.assign(new Error('no stack'), { stack: undefined }),
  () => Object.assign(new Error('odd name'), { name: Symbol('name') }),
  () => ({
    get message(): string {
      throw new Error('a message that throws');
    },
  }),
];

/** Does the work of one run of a task. */
export async function perform(task: ChaosTask, context: StreamContext): Promise<void> {
  const isFirst = context.deliveryCount === 1;
  switch (task.kind) {
    case 'ok':
    case 'long':
      return wait(task.workMs);
    case 'throw-once':
      if (isFirst) throw new Error('the first run fails');
      return wait(task.workMs);
    case 'throw-always':
      throw new TypeError('this task never succeeds');
    case 'reject-always':
      throw oddRejection(task);
    case 'reject-once':
      if (isFirst) throw oddRejection(task);
      return wait(task.workMs);
    case 'hang':
      if (!isFirst) return;
      await wait(task.workMs);
      throw new Error('too late to matter');
    case 'heed':
      if (isFirst) await wait(task.workMs, undefined, { signal: context.signal });
      return;
    case 'retry-later':
      if (Date.now() < task.readyAt) throw new RetryLaterError(200);
      return wait(task.workMs);
    case 'unrecoverable':
      throw new UnrecoverableError('this task cannot succeed');
    case 'chat':
    case 'chat-throw-once':
    case 'chat-throw-always':
      throw new Error('it belongs to another stream');
    case 'poison':
      throw new Error('a poisoned entry was decoded');
  }
}

function oddRejection({ n }: ChaosTask): unknown {
  return ODD_REJECTIONS[n % ODD_REJECTIONS.length]!();
}
