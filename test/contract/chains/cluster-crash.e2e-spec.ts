import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';
import { startWorker, type WorkerProcess, type WorkerTask } from '../../support/worker-process.js';

const OPTIONS = { leaseMs: 500 };

function survivorOf(source: string) {
  const runs: string[] = [];
  @Controller()
  class Survivor {
    @StreamHandler(source, OPTIONS)
    run(@Payload() { forwardsTo }: WorkerTask, @Ctx() context: StreamContext) {
      runs.push(context.taskId);
      context.forward(forwardsTo!, { of: context.taskId });
    }
  }
  return { Survivor, runs };
}

it(
  'whenever a worker dies or freezes on the way to another node, its handler is not run again, and there is one successor',
  { timeout: 90_000 },
  async () => {
    const cluster = await ownCluster();
    const source = uniqueStream('source');
    const target = await streamElsewhere(cluster, source);
    const [here, there] = await Promise.all([cluster.masterOf(source), cluster.masterOf(target)]);
    const producing = await startApp({ options: { consume: false, connection: { nodes: cluster.seeds } } });
    const owing = () => here.cli.hlen(`{${source}}:workers:owed`);
    const successorsOf = async (id: string) =>
      (await entriesOf(there.cli, target)).filter(({ fields }) => fields.of === id).length;

    /** A worker whose way to the target is broken in some way once it owes the first task. */
    const brokenOff = async (how: 'before' | 'after', end: (worker: WorkerProcess) => void | Promise<void>) => {
      const proxy = await tcpProxy(there.port);
      const natMap = { [`127.0.0.1:${there.port}`]: { host: '127.0.0.1', port: proxy.port } };
      const nodes = cluster.seeds.filter(({ port }) => port !== there.port);
      const worker = await startWorker({ stream: source, options: OPTIONS, cluster: { nodes, options: { natMap } } });
      // By then it knows the target's clock, and the first attempt is the one that counts.
      const known = await producing.producer.add(source, { forwardsTo: target });
      await eventually(async () => (await successorsOf(known)) === 1 && (await pendingCount(here.cli, source)) === 0);
      if (how === 'before') proxy.silence();
      else proxy.swallowReplies();
      const id = await producing.producer.add(source, { forwardsTo: target });
      await eventually(async () => (await owing()) === 1 && (await successorsOf(id)) === (how === 'before' ? 0 : 1));
      await end(worker);
      return { id, worker, proxy };
    };

    const killedBefore = await brokenOff('before', (worker) => worker.kill());
    const { Survivor, runs } = survivorOf(source);
    const survivor = () => startApp({ controllers: [Survivor], options: { connection: { nodes: cluster.seeds } } });
    const settled = () =>
      eventually(async () => (await pendingCount(here.cli, source)) === 0 && (await owing()) === 0, 20_000);
    let app = await survivor();
    await settled();
    await app.close();
    const killedAfter = await brokenOff('after', (worker) => worker.kill());
    app = await survivor();
    await settled();
    await app.close();
    const frozen = await brokenOff('after', (worker) => worker.signal('SIGSTOP'));
    await survivor();
    await settled();
    frozen.worker.signal('SIGCONT');
    frozen.proxy.cut();
    await eventually(() => frozen.worker.logged(/lost its lease/), 20_000);
    for (const { id } of [killedBefore, killedAfter, frozen]) expect(await successorsOf(id)).toBe(1);
    expect(runs).toEqual([]);
  },
);
