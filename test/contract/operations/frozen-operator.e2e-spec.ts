import { StreamOperations } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { startOperator } from '../../support/operator-process.js';
import { deadLetterKey, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'an operator that is frozen until another one has gone on, and wakes up, does nothing twice',
  { timeout: 60_000 },
  async () => {
    const stream = uniqueStream('frozen-operator');
    const cli = redisCli();
    const workers = await moodyWorkers({ stream });
    const ids = await workers.killTasks(120);
    workers.fails = () => false;
    const { operator, id } = await startOperator({ stream, redrive: { all: true }, options: { rate: 40 } });
    const operations = workers.app.get(StreamOperations);
    const runBy = async () => (await operations.get(stream, id))!.runBy;
    const first = await runBy();
    await eventually(() => workers.done.length > 10);
    operator.kill('SIGSTOP');
    const frozenAt = workers.done.length;
    await eventually(async () => ![first, undefined].includes(await runBy()), 20_000);
    await eventually(() => workers.done.length > frozenAt + 10, 20_000);
    operator.kill('SIGCONT');

    expect(await operations.ended(stream, id)).toMatchObject({ state: 'done', done: 120, skipped: {} });
    await eventually(() => workers.done.length === 120);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(workers.done.toSorted()).toEqual(ids.toSorted());
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
    expect(await runBy()).not.toBe(first);
  },
);
