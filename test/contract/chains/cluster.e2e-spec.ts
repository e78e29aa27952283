import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { ownCluster, streamElsewhere } from '../../support/own-cluster.js';
import { pendingCount } from '../../support/pending.js';
import { uniqueStream } from '../../support/streams.js';

it(
  'on several nodes, and on one by a tag, a chain has exactly one successor of each task',
  { timeout: 60_000 },
  async () => {
    const cluster = await ownCluster();
    const first = uniqueStream('first');
    const second = await streamElsewhere(cluster, first);
    const tagged = second.replace(/^test/, '{tag}');
    const last = `{tag}:${first}`;
    const counts: Record<string, number> = {};
    @Controller()
    class Stages {
      @StreamHandler(first)
      one(@Payload() payload: { n: string }, @Ctx() context: StreamContext) {
        context.forward(second, payload);
        context.forward(tagged, payload);
      }

      @StreamHandler(tagged)
      two(@Payload() payload: { n: string }, @Ctx() context: StreamContext) {
        context.forward(last, payload);
      }

      @StreamHandler(last)
      three(@Payload() { n }: { n: string }) {
        counts[n] = (counts[n] ?? 0) + 1;
      }
    }
    const connection = { nodes: cluster.seeds };
    const app = await startApp({ controllers: [Stages], options: { connection, blockMs: 500 } });
    const items = Array.from({ length: 100 }, (_, n) => ({ payload: { n: `${n}` } }));
    await app.producer.addBulk(first, items);
    await eventually(() => Object.keys(counts).length === 100, 20_000);
    const source = (await cluster.masterOf(first)).cli;
    await eventually(async () => (await pendingCount(source, first)) === 0);
    expect(Object.values(counts)).toEqual(Array.from({ length: 100 }, () => 1));
    expect(await (await cluster.masterOf(second)).cli.xlen(second)).toBe(100);
    expect(await source.exists(`{${first}}:workers:owed`)).toBe(0);
  },
);
