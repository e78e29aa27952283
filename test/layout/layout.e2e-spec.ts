import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const SOURCE = 'libs/redis-streams/src';
const folders = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).filter((name) =>
  statSync(join(SOURCE, name)).isDirectory(),
);

it.each(folders)('%s has at most nine files, its specs not counted', (folder) => {
  const files = readdirSync(join(SOURCE, folder)).filter((name) => /(?<!\.spec)\.ts$/.test(name));
  expect(files.length).toBeLessThanOrEqual(9);
});

/** The numbered steps of the way of an entry, and the files that they name. */
const way = readFileSync('CONTRIBUTING.md', 'utf8').split('## The way of an entry')[1]!.split('\n## ')[0]!;
const steps = way.split(/^(?=\d+\. `)/m).slice(1);

it('the way of an entry is told in at most ten steps, of a file each', () => {
  expect(steps.length).toBeGreaterThan(5);
  expect(steps.length).toBeLessThanOrEqual(10);
});

it.each([...way.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file]) => file!))('%s, which it names, is there', (file) => {
  expect(existsSync(join(SOURCE, file))).toBe(true);
});

it.each(
  [...readFileSync('docs/architecture.md', 'utf8').matchAll(/`([\w-]+\/[\w/-]+\.ts)`/g)].map(([, file]) => file!),
)('%s, which docs/architecture.md names, is there, or is what a feature would add', (file) => {
  const isThere = existsSync(join(SOURCE, file)) || existsSync(join(SOURCE, 'engine', file));
  expect(isThere || file === 'redis/group/pause.ts').toBe(true);
});
