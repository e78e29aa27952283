import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * Builds the library as it was at another commit, and lets processes of it and of the working tree serve the same groups, as in a
 * rolling deploy: test/versions says what has to hold.
 *
 *   npm run test:versions -- [--base <commit or tag>]
 *
 * The base is the last tag unless it is given.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const LIBRARY = 'libs/redis-streams';

const { values, positionals } = parseArgs({ options: { base: { type: 'string' } }, allowPositionals: true });
const base = values.base ?? lastTag();
const folder = await mkdtemp(join(tmpdir(), 'nrs-versions-'));
process.exitCode = 1;
try {
  console.log(`Building ${git('log', '-1', '--format=%h %s', base)}`);
  git('archive', '--output', join(folder, 'base.tar'), base, LIBRARY, 'tsconfig.json', 'package.json');
  execFileSync('tar', ['-xf', 'base.tar'], { cwd: folder });
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  process.exitCode = await vitest({ BASE_LIBRARY: build(folder), CURRENT_LIBRARY: build(ROOT) });
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** @param {string[]} args */
function git(...args) {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
}

function lastTag() {
  try {
    return git('describe', '--tags', '--abbrev=0');
  } catch {
    console.error('There is no tag yet: say which version, as in npm run test:versions -- --base main~50');
    process.exit(2);
  }
}

/**
 * @param {string} root
 * @returns the library's entry
 */
function build(root) {
  execFileSync(process.execPath, [TSC, '-p', join(root, LIBRARY, 'tsconfig.lib.json')], { stdio: 'inherit' });
  return join(root, LIBRARY, 'dist/index.js');
}

/**
 * @param {Record<string, string>} env
 * @returns {Promise<number>} the exit code
 */
function vitest(env) {
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'promises', 'test/versions', ...positionals];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
