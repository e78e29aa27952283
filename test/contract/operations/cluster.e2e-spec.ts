import { DeadLetters, StreamOperations, StreamReplay } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { addLetters } from '../../support/dead-letters.js';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { ownCluster } from '../../support/own-cluster.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'in a cluster letters are planned, redriven and purged, and tasks replayed and copied to another slot',
  { timeout: 90_000 },
  async () => {
    const cluster = await ownCluster();
    const options = { connection: { nodes: [...cluster.seeds] } };
    const stream = uniqueStream('{tagged}:operations');
    const target = uniqueStream('copies');
    const { cli } = await cluster.masterOf(stream);
    const workers = await moodyWorkers({ stream, connection: options, cli });
    const { app } = workers;
    const dead = `${stream}:dead`;
    const ids = await workers.killTasks(120, dead);
    workers.fails = () => false;
    const letters = app.get(DeadLetters);
    expect(await letters.planRedrive(stream, { all: true })).toMatchObject({ eligible: 120 });
    const redrive = await letters.redrive(stream, { all: true }, { rate: 0 });
    expect(await redrive.ended()).toMatchObject({ state: 'done', done: 120 });
    await eventually(() => workers.done.length === 120);
    expect(workers.done.toSorted()).toEqual(ids.toSorted());

    await addLetters(cli, stream, 30, () => ({}), dead);
    const purge = await letters.purge(stream, { all: true });
    expect(await purge.ended()).toMatchObject({ state: 'done', done: 30 });

    const replays = app.get(StreamReplay);
    const replay = await replays.start(stream, { all: true }, { rate: 0 });
    expect(await replay.ended()).toMatchObject({ state: 'done', done: 120 });
    await eventually(() => workers.done.length === 240);
    const copy = await replays.start(stream, { all: true }, { rate: 0, copyTo: target });
    expect(await copy.ended()).toMatchObject({ state: 'done', done: 120 });
    expect(await (await cluster.masterOf(target)).cli.xlen(target)).toBe(120);
    expect(await app.get(StreamOperations).list(stream)).toHaveLength(4);
  },
);
