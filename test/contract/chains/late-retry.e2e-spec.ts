import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { aDayPasses } from '../../support/a-day-passes.js';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { entriesOf, pendingCount } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';
import { tcpProxy } from '../../support/tcp-proxy.js';
import { startWorker, type WorkerTask } from '../../support/worker-process.js';

const OPTIONS = { leaseMs: 500 };

it(
  'a task whose worker was killed between the add of its successor on another node and the ack has one successor, also when it comes again a day later',
  { timeout: 60_000 },
  async () => {
    const cluster = await ownCluster();
    const source = uniqueStream('source');
    const target = await streamElsewhere(cluster, source);
    const [here, there] = await Promise.all([cluster.masterOf(source), cluster.masterOf(target)]);
    const connection = { nodes: cluster.seeds };
    const { producer } = await startApp({ options: { consume: false, connection } });
    const successors = async () => (await entriesOf(there.cli, target)).map(({ fields }) => fields.of);

    const proxy = await tcpProxy(there.port);
    const natMap = { [`127.0.0.1:${there.port}`]: { host: '127.0.0.1', port: proxy.port } };
    const nodes = cluster.seeds.filter(({ port }) => port !== there.port);
    const worker = await startWorker({ stream: source, options: OPTIONS, cluster: { nodes, options: { natMap } } });
    // By then it knows the target's clock, and the first attempt is the one that counts.
    const first = await producer.add(source, { forwardsTo: target });
    await eventually(async () => (await successors()).length === 1 && (await pendingCount(here.cli, source)) === 0);
    proxy.swallowReplies();
    const id = await producer.add(source, { forwardsTo: target });
    await eventually(async () => (await successors()).length === 2);
    await worker.kill();
    expect(await pendingCount(here.cli, source)).toBe(1);

    await Promise.all(cluster.masters.map(({ cli }) => aDayPasses(cli)));

    const runs: string[] = [];
    @Controller()
    class Survivor {
      @StreamHandler(source, OPTIONS)
      run(@Payload() { forwardsTo }: WorkerTask, @Ctx() context: StreamContext) {
        runs.push(context.taskId);
        context.forward(forwardsTo!, { of: context.taskId });
      }
    }
    await startApp({ controllers: [Survivor], options: { connection } });
    await eventually(async () => (await pendingCount(here.cli, source)) === 0, 20_000);
    expect(await successors()).toEqual([first, id]);
    expect(runs).toEqual([]);
  },
);
