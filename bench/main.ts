import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startRedis } from '../scripts/redis/start-redis.mjs';
import { FULL, QUICK } from './plan.js';
import { Results, shown } from './report.js';
import { ratiosOf, ratioTable } from './targets.js';

/**
 * Compares this library with bare ioredis, BullMQ and Nest's Redis transport: each work in turn by each system, in processes of
 * their own, against one Redis that it starts; and all of it again in each round, so that what a noisy machine does to one
 * minute is not in all figures of one work.
 *
 *   npm run bench                            everything, in about half an hour
 *   npm run bench -- --quick                 about a minute
 *   npm run bench -- --only 'drain at 100'   the works whose name has this in it
 *   npm run bench -- --json                  one line of JSON at the end
 */
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
  },
});
const rounds = Number(options.rounds ?? (options.quick ? 1 : 3));
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be 1 or more, got ${options.rounds}`);
const plan = (options.quick ? QUICK : FULL).filter(({ name }) => name.includes(options.only));
if (plan.length === 0) throw new Error(`No work has '${options.only}' in its name.`);

const startedAt = performance.now();
const say = (line: string) =>
  console.error(`${((performance.now() - startedAt) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
const dir = await mkdtemp(join(tmpdir(), 'nrs-bench-'));
const server = await startRedis({ dir, args: ['--save', '', '--appendonly', 'no'], say });
const redis = new Redis(server.url);
const results = new Results();
try {
  const version = /redis_version:(\S+)/.exec(await redis.info('server'))![1];
  say(`Redis ${version}, Node ${process.version}, ${cpus().length} × ${cpus()[0]!.model}; ${rounds} round(s)`);
  for (let round = 1; round <= rounds; round++) {
    for (const measurement of plan) {
      const { name, systems } = measurement;
      for (const system of systems) {
        await redis.flushall();
        const figures = await measurement.run(system, { url: server.url, redis });
        for (const figure of figures) results.add(system, figure);
        say(
          `${name}, round ${round}, ${system}: ${figures.map(({ value, unit }) => `${shown(value)} ${unit}`).join(', ')}`,
        );
      }
    }
  }
} finally {
  redis.disconnect();
  await server.stop();
  await rm(dir, { recursive: true, force: true });
}

const ratios = ratiosOf(results);
console.log(`\n${results.table()}\n\n${ratioTable(ratios)}\n`);
if (options.json) console.log(JSON.stringify({ works: results.medians(), ratios }));
