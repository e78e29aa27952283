import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { StreamHandler, StreamTasks, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import type { ClusterNode } from '../../support/cluster-node.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster } from '../../support/own-cluster.js';
import type { RedisCluster } from '../../support/redis-cluster.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';
import { startWorker, type WorkerResult } from '../../support/worker-process.js';

const PLAIN = uniqueStream('plain');
const KEEPING = uniqueStream('keeping');

@Controller()
class Worker {
  @StreamHandler(PLAIN)
  async plain(@Payload() { fails }: { fails?: boolean }) {
    if (fails) throw new UnrecoverableError('no such image');
    return { answer: 42 };
  }

  @StreamHandler(KEEPING, { result: { ttlMs: 60_000 } })
  async keeping() {
    return ['kept'];
  }
}

it('run brings what a handler in another process returned, whatever its options are', async () => {
  const stream = uniqueStream();
  const worker = await startWorker({ stream });
  const tasks = (await startApp({})).get(StreamTasks);
  // By the doorbell: a poll would come later.
  await eventually(async () => {
    const before = performance.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => tasks.run<WorkerResult>(stream, {})));
    expect(results).toEqual(Array.from({ length: 50 }, () => ({ pid: worker.process.pid, deliveryCount: 1 })));
    return performance.now() - before < 700;
  });
});

it('a result is kept for all tasks of a handler that says so, and for no others but those of run', async () => {
  const app = await startApp({ controllers: [Worker] });
  const tasks = app.get(StreamTasks);
  const kept = await app.producer.add(KEEPING, {});
  expect(await tasks.result(KEEPING, kept)).toEqual(['kept']);
  // For a while: asked again it is the same.
  expect(await tasks.result(KEEPING, kept)).toEqual(['kept']);
  const plain = await app.producer.add(PLAIN, {});
  expect(await tasks.result(PLAIN, plain)).toBeUndefined();
  expect(await tasks.run(PLAIN, {})).toEqual({ answer: 42 });
  const cli = redisCli();
  const ttl = await cli.pttl(`{${KEEPING}}:workers:task:${kept}`);
  expect(ttl).toBeGreaterThan(50_000);
  expect(ttl).toBeLessThanOrEqual(60_000);
});

it('a wait for a task that goes to the dead letter rejects with what it failed with', async () => {
  const app = await startApp({ controllers: [Worker] });
  const error = await app
    .get(StreamTasks)
    .run(PLAIN, { fails: true })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'TaskFailedError', task: { state: 'dead-lettered', reason: 'unrecoverable' } });
  expect((error as Error).message).toMatch(/UnrecoverableError: no such image/);
});

it('a worker killed between its handler’s end and the settlement gives no result: the task runs again, and its result comes once', async () => {
  const stream = uniqueStream();
  const options = { leaseMs: 500, concurrency: 1 };
  const workers = await Promise.all([startWorker({ stream, options }), startWorker({ stream, options })]);
  const tasks = (await startApp({})).get(StreamTasks);
  const result = await tasks.run<WorkerResult>(stream, { killsAtEndOf: '1' });
  const survivor = workers.find(({ process: { signalCode } }) => signalCode === null)!;
  expect(result).toEqual({ pid: survivor.process.pid, deliveryCount: 2 });
  expect(survivor.started()).toHaveLength(1);
});

async function streamOn(cluster: RedisCluster, master: ClusterNode): Promise<string> {
  for (;;) {
    const stream = uniqueStream();
    if ((await cluster.masterOf(stream)) === master) return stream;
  }
}

it('results come in a cluster, too, also from nodes that are not the doorbell’s', { timeout: 60_000 }, async () => {
  const cluster = await ownCluster();
  // In slots of all three masters, so that some are told by another node than the one where the doorbell is.
  const streams = await Promise.all(cluster.masters.map((master) => streamOn(cluster, master)));

  @Controller()
  class Echo {
    @StreamHandler(streams[0]!)
    first(@Payload() payload: unknown) {
      return payload;
    }

    @StreamHandler(streams[1]!)
    second(@Payload() payload: unknown) {
      return payload;
    }

    @StreamHandler(streams[2]!)
    third(@Payload() payload: unknown) {
      return payload;
    }
  }
  const connection = { nodes: cluster.seeds };
  await startApp({ controllers: [Echo], options: { connection } });
  const tasks = (await startApp({ options: { connection } })).get(StreamTasks);
  // All is connected by then.
  await tasks.run(streams[0]!, {});
  await eventually(async () => {
    const before = performance.now();
    const results = await Promise.all(streams.map((stream) => tasks.run(stream, { stream })));
    expect(results).toEqual(streams.map((stream) => ({ stream })));
    return performance.now() - before < 700;
  });
});
