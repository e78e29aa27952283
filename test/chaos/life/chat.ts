import { setTimeout as wait } from 'node:timers/promises';
import type { StreamContext } from 'nestjs-redis-streams';
import type { ChaosTask } from '../tasks.js';
import { chunkText } from './watch-log.js';

const MOST_CHUNKS = 40;

/** One run of a task that writes while it runs. @returns all that it has written */
export async function* chat(
  { n, kind, workMs }: ChaosTask,
  { deliveryCount }: StreamContext,
  run: string,
): AsyncGenerator<string, string> {
  const chunks = n % MOST_CHUNKS;
  const fails = kind === 'chat-throw-always' || (kind === 'chat-throw-once' && deliveryCount === 1);
  let text = '';
  for (let at = 0; at < chunks; at++) {
    // Some come at once, some one by one.
    if (at % 3 === 0) await wait((3 * workMs) / chunks);
    if (fails && at >= chunks / 2) throw new Error('it fails halfway');
    const chunk = chunkText(run, at);
    text += chunk;
    yield chunk;
  }
  if (fails) throw new Error('it fails at the end');
  return text;
}
