import type { Ear, OutputPage, TaskKey } from '../../model/ports/tasks/task-store.js';
import { nextEntryId } from '../../wire/entry-id.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { LOOK, lookArguments, lookKeys } from './look.js';
import { asLook, type RawCommon, type RawLook } from './look-at.js';

/**
 * A look, with a page of the task's output.
 *
 * KEYS 1 stream, 2 retry, 3 record, 4 ears, 5 output
 * ARGV 1 group, 2 consumer of scheduled retries, 3 id, 4 whom to ring, or '', 5 for so many ms, 6 the first id that is wanted,
 *      7 how many entries
 * Returns { what is common to all tasks of the group, `RawLook`, { id, { kind, value } }... }.
 */
const outputScript = script(`
${LOOK}
return { common, look, redis.call('XRANGE', KEYS[5], ARGV[6], '+', 'COUNT', ARGV[7]) }
`);

type RawOutput = [id: string, [kind: string, value: string]][];

/** What a look at a task's output asks for. */
export interface OutputQuestion {
  readonly task: TaskKey;
  readonly after: string;
  readonly count: number;
  readonly ear: Ear | undefined;
}

export async function output(client: RedisClient, keys: Keys, question: OutputQuestion): Promise<OutputPage> {
  const { task, after, count, ear } = question;
  const outputKey = keys.ofTask(task.stream, task.group, task.id).output;
  const [common, raw, page] = await runScript<[RawCommon, RawLook, RawOutput]>(
    client,
    outputScript,
    [...lookKeys(keys, task), outputKey],
    [...lookArguments(task, ear), nextEntryId(after), count + 1],
  );
  const entries = page.slice(0, count).map(([id, [kind, value]]) => ({ id, kind, value }));
  return { look: asLook(common, raw), entries, isMore: page.length > count };
}
