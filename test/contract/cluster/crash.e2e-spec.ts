import { setTimeout as wait } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { busyWorkers } from '../../support/busy-workers.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';

const AGAIN_WITHIN_MS = 10_000;

async function workersOnCluster() {
  const cluster = await ownCluster();
  const workers = await busyWorkers({ connection: { nodes: cluster.seeds } });
  const master = await cluster.masterOf(workers.stream);
  return { cluster, workers, master };
}

describe('in a cluster every single worker runs tasks again, and nothing that a replica had is lost, after', () => {
  it('kill -9 of the master that holds the stream, which comes back as a replica', { timeout: 60_000 }, async () => {
    const { cluster, workers, master } = await workersOnCluster();
    await master.kill();
    await cluster.masterOf(workers.stream);
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);

    await master.restart();
    await cluster.untilWhole();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });

  it('a restart of the master, too short for a failover', { timeout: 60_000 }, async () => {
    const { cluster, workers, master } = await workersOnCluster();
    await master.kill();
    await master.restart();
    await cluster.untilWhole();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });

  it.each([0, 4_000])('kill -9 of all nodes at once, restarted after %i ms', { timeout: 60_000 }, async (downMs) => {
    const { cluster, workers } = await workersOnCluster();
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await wait(downMs);
    await Promise.all(cluster.nodes.map((node) => node.restart()));
    await cluster.untilWhole();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });

  it('a master that freezes, is replaced, and wakes up as a replica', { timeout: 60_000 }, async () => {
    const { cluster, workers, master } = await workersOnCluster();
    master.freeze();
    await cluster.masterOf(workers.stream);
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);

    master.thaw();
    await eventually(async () => (await master.replicationInfo('role')) === 'slave', 20_000);
    await cluster.untilWhole();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });
});
