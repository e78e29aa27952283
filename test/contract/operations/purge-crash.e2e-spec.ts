import { StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { addLetters } from '../../support/dead-letters.js';
import { eventually } from '../../support/eventually.js';
import { startOperator } from '../../support/operator-process.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { kill } from '../../support/reply-process.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'a purge whose process is killed is gone on with by another, which counts each letter once and deletes nothing else',
  { timeout: 40_000 },
  async () => {
    const stream = uniqueStream('purge-crash');
    const cli = redisCli();
    await addLetters(cli, stream, 600, (n) => ({ group: n < 500 ? 'workers' : 'audit' }));
    // Before it begins: it takes two seconds, and a start may take as long.
    const app = await startApp({ options: { consume: false } });
    const operations = app.get(StreamOperations);
    const { operator, id } = await startOperator({ stream, purge: { group: 'workers' }, options: { rate: 250 } });
    await eventually(async () => (await operations.get(stream, id))!.done > 50);
    await kill(operator);
    const left = await operations.get(stream, id);
    expect(left).toMatchObject({ state: 'running' });
    expect(left!.done).toBeLessThan(500);
    expect(left!.done + (await cli.xlen(deadLetterKey(stream)))).toBe(600);

    expect(await operations.ended(stream, id)).toMatchObject({ state: 'done', done: 500, skipped: {} });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(100);
  },
);
