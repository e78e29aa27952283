import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis/start-redis.mjs';
import { fill } from './works/fill.js';
import { withWarmConsumer } from './works/warm-consumer.js';
const dir = await mkdtemp(join(tmpdir(), 'nrs-bm-'));
const server = await startRedis({ dir, args: ['--save', '', '--appendonly', 'no'], say: () => {} });
const redis = new Redis(server.url);
const tasks = 120_000;
const cpu = async (hasMetrics: boolean) => {
  await redis.flushall();
  const order = { tasks, concurrency: 100, hasMetrics, system: 'ours' as const, queues: ['q'] };
  return withWarmConsumer({ url: server.url, redis }, order, async (c) => { await fill({ ...order, url: server.url }, tasks); return (await c.measure()).cpuMs; });
};
const rs: number[] = [];
for (let i = 0; i < 12; i++) {
  const first = i % 2 === 0; const a = await cpu(first); const b = await cpu(!first);
  const [on, off] = first ? [a, b] : [b, a];
  rs.push(on / off);
  console.log(`on ${(on/tasks*1000).toFixed(2)} off ${(off/tasks*1000).toFixed(2)} us ratio ${(on/off).toFixed(3)} median ${rs.toSorted((x,y)=>x-y)[Math.floor(rs.length/2)]!.toFixed(3)}`);
}
redis.disconnect(); await server.stop();
