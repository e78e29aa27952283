import { Cluster } from 'ioredis';
import { AddOutcomeUnknownError, type NotReplicatedError, type RedisStreamsOptions } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import type { ClusterNode } from '../../support/cluster-node.js';
import { ownCluster } from '../../support/own-cluster.js';
import type { RedisCluster } from '../../support/redis-cluster.js';
import { entriesOf } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';

/** Options for a cluster, whose clients for adds are kept at hand. */
function optionsFor({ seeds }: RedisCluster): { options: RedisStreamsOptions; clients: Cluster[] } {
  const clients: Cluster[] = [];
  const connection: RedisStreamsOptions['connection'] = (role, redisOptions) => {
    const cluster = new Cluster([...seeds], { redisOptions, lazyConnect: true });
    if (role === 'append') clients.push(cluster);
    return cluster;
  };
  return { options: { connection, addTimeoutMs: 20_000 }, clients };
}

/** The client's own connection to a node. */
function connectionTo(clients: readonly Cluster[], { port }: ClusterNode) {
  return clients[0]!.nodes('all').find(({ options }) => options.port === port);
}

async function namesIn({ cli }: ClusterNode, stream: string): Promise<string[]> {
  return (await entriesOf(cli, stream)).map(({ fields }) => fields.name!);
}

const NAMES = Array.from({ length: 100 }, (_, n) => `task ${n}`);

it('an add to a cluster that may have arrived when its connection broke is not sent again', async () => {
  const cluster = await ownCluster();
  const { options, clients } = optionsFor(cluster);
  const stream = uniqueStream();
  const app = await startApp({ options });
  await app.producer.add(stream, { name: 'first' });
  const master = await cluster.masterOf(stream);

  master.freeze();
  const adds = Promise.allSettled(NAMES.map((name) => app.producer.add(stream, { name })));
  const { stream: socket } = connectionTo(clients, master)!;
  // Written, which takes a turn of the event loop: the frozen master has them in its socket.
  await eventually(() => socket.writableLength === 0);
  socket.destroy();
  master.thaw();
  const outcomes = await adds;

  expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason : outcome.value))).toEqual(
    NAMES.map(() => expect.any(AddOutcomeUnknownError)),
  );
  await app.producer.add(stream, { name: 'last' });
  expect(await namesIn(master, stream)).toEqual(['first', ...NAMES, 'last']);
});

it('adds to a cluster whose master is dead wait for the failover', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const { options, clients } = optionsFor(cluster);
  const stream = uniqueStream();
  const app = await startApp({ options });
  await app.producer.add(stream, { name: 'first' });
  await app.producer.add(stream, { name: 'replicated' }, { minReplicas: 1 });
  const master = await cluster.masterOf(stream);
  const replica = cluster.replicas[cluster.masters.indexOf(master)]!;

  await master.kill();
  await eventually(() => connectionTo(clients, master)?.status !== 'ready');
  await Promise.all(NAMES.map((name) => app.producer.add(stream, { name })));
  expect((await namesIn(replica, stream)).toSorted()).toEqual(['first', 'replicated', ...NAMES].toSorted());
});

it(
  'adds to a cluster that are given up before the failover were not sent, and say so',
  { timeout: 60_000 },
  async () => {
    const cluster = await ownCluster();
    const { options, clients } = optionsFor(cluster);
    const stream = uniqueStream();
    const app = await startApp({ options: { ...options, addTimeoutMs: 1_000 } });
    await app.producer.add(stream, { name: 'first' });
    await eventually(() => app.producer.add(stream, { name: 'replicated' }, { minReplicas: 1 }));
    const master = await cluster.masterOf(stream);
    const replica = cluster.replicas[cluster.masters.indexOf(master)]!;

    await replica.cli.config('SET', 'cluster-replica-no-failover', 'yes');
    await master.kill();
    await eventually(() => connectionTo(clients, master)?.status !== 'ready');
    const outcomes = await Promise.allSettled(NAMES.map((name) => app.producer.add(stream, { name })));
    expect(outcomes.map((outcome) => (outcome.status === 'rejected' ? String(outcome.reason) : 'added'))).toEqual(
      NAMES.map(() => expect.stringMatching(/^RedisUnavailableError: .*Nothing was sent/)),
    );
    await replica.cli.config('SET', 'cluster-replica-no-failover', 'no');
    await eventually(() => app.producer.add(stream, { name: 'last' }), 30_000);
    expect(await namesIn(replica, stream)).toEqual(['first', 'replicated', 'last']);
  },
);

it('adds to a cluster with minReplicas find the new master of a slot that has moved', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  const { options } = optionsFor(cluster);
  const stream = uniqueStream();
  const app = await startApp({ options });
  const add = (names: readonly string[]) =>
    Promise.all(names.map((name) => app.producer.add(stream, { name }, { minReplicas: 1 })));

  await add(NAMES.slice(0, 50));
  await cluster.moveSlot(stream);
  await add(NAMES.slice(50));
  expect((await namesIn(await cluster.masterOf(stream), stream)).toSorted()).toEqual(NAMES.toSorted());
});

it('adds to a cluster that too few replicas confirm are each told in time, with their ids', async () => {
  const cluster = await ownCluster();
  const { options } = optionsFor(cluster);
  const stream = uniqueStream();
  const app = await startApp({ options: { ...options, addTimeoutMs: 2_000 } });
  await eventually(() => app.producer.add(stream, { name: 'first' }, { minReplicas: 1 }));
  const addedAt = performance.now();
  const outcomes = await Promise.allSettled(
    NAMES.slice(0, 20).map((name) => app.producer.add(stream, { name }, { minReplicas: 2 })),
  );
  expect(performance.now() - addedAt).toBeLessThan(2_500);
  const ids = outcomes.map((outcome) => {
    expect(outcome).toMatchObject({ reason: { name: 'NotReplicatedError', replicas: 1 } });
    return ((outcome as PromiseRejectedResult).reason as NotReplicatedError).entryId;
  });
  const { cli } = await cluster.masterOf(stream);
  const [, ...there] = (await cli.xrange(stream, '-', '+')).map(([id]) => id);
  expect(new Set(there)).toEqual(new Set(ids));
});
