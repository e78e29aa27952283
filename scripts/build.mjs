import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Builds what has changed since it was last built, and says so. `npm run build` runs this, `npm start` calls it.
 *
 * @typedef {object} Part
 * @property {string} name
 * @property {string} project  as nest-cli.json calls it
 * @property {string} output
 * @property {string[]} inputs
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NEST = join(ROOT, 'node_modules', '@nestjs', 'cli', 'bin', 'nest.js');
/** Goes with `npm ci`, as other versions of the compiler and of what is compiled against may come. */
const STAMPS = join(ROOT, 'node_modules', '.cache', 'nestjs-redis-streams', 'builds.json');

const SHARED = ['package-lock.json', 'nest-cli.json', 'tsconfig.json'];
const LIBRARY = ['src', 'tsconfig.lib.json', 'package.json'].map((name) => `libs/redis-streams/${name}`);
const SAMPLE = ['src', 'tsconfig.app.json', 'package.json'].map((name) => `apps/document-pipeline/${name}`);

/** @type {Part[]} */
const PARTS = [
  {
    name: 'the library',
    project: 'redis-streams',
    output: 'libs/redis-streams/dist',
    inputs: [...SHARED, ...LIBRARY],
  },
  {
    name: 'the sample',
    project: 'document-pipeline',
    output: 'apps/document-pipeline/dist',
    // It is checked against the library's types.
    inputs: [...SHARED, ...LIBRARY, ...SAMPLE],
  },
];

/**
 * @param {{ say: (line: string) => void, signal?: AbortSignal }} options
 * @throws Error when a part does not compile; the compiler has said why
 */
export async function buildWhatChanged({ say, signal }) {
  const stamps = await readStamps();
  let isUpToDate = true;
  for (const part of PARTS) {
    if (stamps[part.project] === (await stampOf(part))) continue;
    isUpToDate = false;
    say(`Building ${part.name} …`);
    const startedAt = performance.now();
    await compile(part, signal);
    say(`Built ${part.name} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s.`);
    stamps[part.project] = await stampOf(part);
    await mkdir(dirname(STAMPS), { recursive: true });
    await writeFile(STAMPS, JSON.stringify(stamps));
  }
  if (isUpToDate) say('The build is up to date.');
}

/** @returns {Promise<Record<string, string>>} */
async function readStamps() {
  try {
    return JSON.parse(await readFile(STAMPS, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * Says what a part was built from and what came out, so that it changes with an edit as with a build by other means.
 * @param {Part} part
 */
async function stampOf({ inputs, output }) {
  const hash = createHash('sha256');
  for (const file of await filesOf(inputs)) hash.update(file).update(await readFile(join(ROOT, file)));
  for (const file of await filesOf([output])) {
    const { size, mtimeMs } = await stat(join(ROOT, file));
    hash.update(`${file} ${size} ${mtimeMs}`);
  }
  return hash.digest('hex');
}

/**
 * @param {string[]} paths  of files and folders; one that does not exist has no files
 * @returns {Promise<string[]>}
 */
async function filesOf(paths) {
  const lists = await Promise.all(
    paths.map(async (path) => {
      const names = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true }).catch((error) => {
        return error.code === 'ENOTDIR' ? undefined : [];
      });
      if (!names) return [path];
      return names
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name).slice(ROOT.length));
    }),
  );
  return lists
    .flat()
    .filter((file) => !file.endsWith('.spec.ts'))
    .toSorted();
}

/**
 * @param {Part} part
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function compile({ name, project }, signal) {
  return new Promise((resolve, reject) => {
    const compiler = spawn(process.execPath, [NEST, 'build', project], { cwd: ROOT, stdio: 'inherit', signal });
    compiler.once('error', reject);
    compiler.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Building ${name} failed.`));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildWhatChanged({ say: (line) => console.log(line) });
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
