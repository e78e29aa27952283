import { DeadLetters } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey, entriesOf, pendingCount } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const TASKS = 3_000;
const KEPT = 500;

/** As the history is trimmed: all but the newest, while nothing is unfinished. */
const TRIM = `
if redis.call('XPENDING', KEYS[1], 'workers')[1] > 0 then return -1 end
return redis.call('XTRIM', KEYS[1], 'MAXLEN', ARGV[1])`;

it(
  'a redrive in place that trimming overtakes redrives each task or leaves its letter, and a copy takes those',
  { timeout: 60_000 },
  async () => {
    const stream = uniqueStream('overtaken');
    const cli = redisCli();
    const workers = await moodyWorkers({ stream, options: { concurrency: 500, retention: false } });
    const { done, app } = workers;
    const ids = await workers.killTasks(TASKS);
    workers.fails = () => false;
    const letters = app.get(DeadLetters);

    const redrive = await letters.redrive(stream, { all: true }, { rate: 500 });
    await eventually(() => done.length > 100);
    let trimmed = -1;
    await eventually(async () => (trimmed = Number(await cli.eval(TRIM, 1, stream, KEPT))) >= 0);
    expect(trimmed).toBe(TASKS - KEPT);
    const inPlace = await redrive.ended();
    const overtaken = inPlace.skipped['not-in-stream']!;
    expect(overtaken).toBeGreaterThan(0);
    expect(inPlace).toMatchObject({ done: TASKS - overtaken, skipped: { 'not-in-stream': overtaken } });
    await eventually(() => done.length >= inPlace.done);
    const left = (await entriesOf(cli, deadLetterKey(stream))).map(({ fields }) => fields['~dead-id']!);
    expect([...done, ...left].toSorted()).toEqual(ids.toSorted());

    const copies = await (await letters.redrive(stream, { all: true }, { rate: 0, copyTrimmed: true })).ended();
    expect(copies).toMatchObject({ done: overtaken, skipped: {} });
    await eventually(() => done.length >= TASKS);
    await eventually(async () => (await pendingCount(cli, stream)) === 0);
    expect(new Set(done).size).toBe(TASKS);
    expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
  },
);
