import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withHelp } from '../support/command-line-page.js';
import { withMetricsTable } from '../support/metrics-page.js';
import { withTables, wrongDocstrings } from '../support/options-page.js';
import { typeErrors } from '../support/type-errors.js';

const PAGES = [
  'README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((page) => `docs/${page}`),
];
/** Blocks that begin with imports are whole modules; others are excerpts. */
const MODULE = /^```ts\n(import [^]*?)^```$/gm;
const YOUR_OWN = `declare const model: { run(prompt: string, options: { signal: AbortSignal }): Promise<string> };
declare const results: { put(id: string, answer: string): Promise<void> };
declare class WorkerModule {}`;

const snippets = PAGES.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(MODULE)].map(([, source = ''], n): [string, string] => [
    `${page} ${n + 1}`,
    source,
  ]),
);

it('README’s first snippet has its imports', () => {
  expect(snippets.map(([name]) => name)).toContain('README.md 1');
});

it.each(snippets)('the code in %s compiles, for strict users, too', (_name, source) => {
  const complete = source.replace(/^import .* from '.\/your-own.js';$/m, YOUR_OWN);
  expect(typeErrors(complete, { exactOptionalPropertyTypes: true })).toEqual([]);
});

it.each(PAGES)('the links of %s lead to files', (page) => {
  const text = readFileSync(page, 'utf8').replaceAll(/^```[^]*?^```$/gm, '');
  const files = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g)].map(
    ([, file]) => new URL(file!, `file://${process.cwd()}/${page}`),
  );
  for (const file of files) expect(() => assertExists(file), file.pathname).not.toThrow();
});

it('docs/options.md names every option', () => {
  const source = readFileSync('libs/redis-streams/src/options/options.ts', 'utf8');
  const text = readFileSync('docs/options.md', 'utf8');
  const options = [...source.matchAll(/^ {2}(\w+)\??:/gm)].map(([, name]) => name!);
  expect(options.length).toBeGreaterThan(20);
  expect(options.filter((name) => !new RegExp(`\\b${name}\\b`).test(text))).toEqual([]);
});

it('docstrings say the defaults and ranges that the tables of options have', () => {
  expect(wrongDocstrings()).toEqual([]);
});

it('docs/options.md says what docstrings and tables of options say (`npx vitest run test/contract/docs -u` writes it)', async () => {
  await expect(withTables(readFileSync('docs/options.md', 'utf8'))).toMatchFileSnapshot('../../docs/options.md');
});

it('docs/command-line.md says what the help of the commands says (`npx vitest run test/contract/docs -u` writes it)', async () => {
  const page = withHelp(readFileSync('docs/command-line.md', 'utf8'));
  await expect(page).toMatchFileSnapshot('../../docs/command-line.md');
});

it('docs/metrics.md has the metrics and options that there are (`npx vitest run test/contract/docs -u` writes it)', async () => {
  const page = withMetricsTable(withTables(readFileSync('docs/metrics.md', 'utf8'), 'metrics'));
  await expect(page).toMatchFileSnapshot('../../docs/metrics.md');
});

it('docs/errors.md names every error that is exported', async () => {
  const text = readFileSync('docs/errors.md', 'utf8');
  const errors = Object.keys(await import('nestjs-redis-streams')).filter((name) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThan(10);
  expect(errors.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
});

function assertExists(path: URL): void {
  try {
    readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EISDIR') throw error;
  }
}
