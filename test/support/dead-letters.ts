import type { Redis } from 'ioredis';
import { deadLetterKey } from './pending.js';

export interface LetterFields {
  readonly group?: string;
  readonly reason?: string;
  readonly error?: string;
  /** Of the entry; default one that the stream does not have. */
  readonly entryId?: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** Writes dead letters as a worker's settlement does, without the tasks. @returns the letters' ids */
export async function addLetters(
  cli: Redis,
  stream: string,
  count: number,
  of: (n: number) => LetterFields = () => ({}),
  dead = deadLetterKey(stream),
): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 1_000) {
    const pipeline = cli.pipeline();
    for (let n = from; n < Math.min(count, from + 1_000); n++) {
      const {
        group = 'workers',
        reason = 'max-deliveries',
        error = 'Error: no',
        entryId = `1-${n + 1}`,
        more = {},
      } = of(n);
      pipeline.xadd(
        dead,
        '*',
        ...['n', String(n)],
        ...['~dead-reason', reason, '~dead-error', error, '~dead-stream', stream, '~dead-group', group],
        ...['~dead-id', entryId, '~dead-deliveries', '5', ...Object.entries(more).flat()],
      );
    }
    const replies = await pipeline.exec();
    ids.push(...replies!.map(([, id]) => id as string));
  }
  return ids;
}

/** Letters of a stream that are there, by their payload's `n`. */
export async function lettersLeft(cli: Redis, stream: string): Promise<number[]> {
  const letters = await cli.xrange(deadLetterKey(stream), '-', '+');
  return letters.map(([, fields]) => Number(fields[1]));
}
