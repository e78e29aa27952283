import { StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { startOperator } from '../../support/operator-process.js';
import { deadLetterKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { kill } from '../../support/reply-process.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'a redrive whose process is killed is gone on with by a worker that nobody asked: nothing runs twice, nothing is lost',
  { timeout: 60_000 },
  async () => {
    const stream = uniqueStream('redrive-crash');
    const cli = redisCli();
    const workers = await moodyWorkers({ stream });
    const ids = await workers.killTasks(250);
    workers.fails = () => false;
    const { operator, id } = await startOperator({ stream, redrive: { all: true }, options: { rate: 100 } });
    await eventually(() => workers.done.length > 30);
    await kill(operator);

    await eventually(() => workers.done.length === 250, 45_000);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(workers.done.toSorted()).toEqual(ids.toSorted());
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
    const end = await workers.app.get(StreamOperations).ended(stream, id);
    expect(end).toMatchObject({ state: 'done', done: 250, skipped: {} });
  },
);
