import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NestFactory } from '@nestjs/core';
import { Redis } from 'ioredis';
import { RedisStreamsModule, StreamProducer } from 'nestjs-redis-streams';
import { startRedis } from '../../scripts/redis/start-redis.mjs';
import type { MemoryReport } from './memory-worker.js';

/**
 * Memory over many entries: the heap of a worker with concurrency 100, after a garbage collection, and Redis's memory, while
 * a producer keeps a backlog of up to 20,000.
 *
 *   npm run bench:memory -- --entries 5000000
 */
const { values } = parseArgs({ options: { entries: { type: 'string', default: '5000000' } } });
const entries = Number(values.entries);
if (!Number.isSafeInteger(entries) || entries < 100_000)
  throw new Error(`--entries must be 100000 or more, got ${values.entries}`);

const STREAM: string = 'bench:memory';
const TASK = { prompt: 'Summarize this document in three sentences.', model: 'gpt-4', user_id: '12345' };

const dir = await mkdtemp(join(tmpdir(), 'nrs-bench-'));
const redis = await startRedis({ dir, args: ['--save', '', '--appendonly', 'no'] });
const cli = new Redis(redis.url);
const worker = fork(new URL('./memory-worker.ts', import.meta.url), {
  execArgv: [...process.execArgv, '--expose-gc'],
  env: { ...process.env, REDIS_URL: redis.url, STREAM, REPORT_EVERY: String(Math.round(entries / 20)) },
});
let handled = 0;
console.log(
  '| entries handled | worker heap (MB) | worker RSS (MB) | Redis memory (MB) | entries in the stream |\n|---|---|---|---|---|',
);
worker.on('message', (report: MemoryReport) => {
  ({ handled } = report);
  void tell(report);
});

async function tell({ heapBytes, rssBytes, handled: count, isProgress }: MemoryReport): Promise<void> {
  if (isProgress) return;
  const [memory, length] = await Promise.all([cli.info('memory'), cli.xlen(STREAM)]);
  const used = Number(/used_memory:(\d+)/.exec(memory)![1]);
  console.log(`| ${count} | ${megabytes(heapBytes)} | ${megabytes(rssBytes)} | ${megabytes(used)} | ${length} |`);
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}

const module = RedisStreamsModule.forRoot({ connection: redis.url, consume: false });
const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
const producer = app.get(StreamProducer);
const chunk = Array.from({ length: 5_000 }, () => ({ payload: TASK }));
for (let added = 0; added < entries; added += chunk.length) {
  await producer.addBulk(STREAM, chunk);
  while (added - handled > 20_000) await new Promise((resolve) => setTimeout(resolve, 10));
}
while (handled < entries) await new Promise((resolve) => setTimeout(resolve, 50));
worker.kill('SIGTERM');
await new Promise((resolve) => worker.once('exit', resolve));
await app.close();
cli.disconnect();
await redis.stop();
await rm(dir, { recursive: true, force: true });
