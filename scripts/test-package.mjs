import { execFile, spawn } from 'node:child_process';
import { access, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { startRedis } from './redis/start-redis.mjs';

/**
 * Packs the library as it would be published, installs it beside a major version of Nest in a folder of its own, compiles and
 * runs an application there (test/package), and then the contract tests that need no other process.
 *
 *   npm run test:package -- [--nest 11] [--contract]
 */
const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NEST = ['common', 'core', 'microservices', 'platform-express', 'platform-fastify', 'terminus', 'testing'];
const TOOLS = [
  '@types/node',
  'fast-check',
  'ioredis',
  'reflect-metadata',
  'rxjs',
  'tsx',
  'typescript',
  'vite',
  'vitest',
  'zod',
];
const CONTRACTS = [
  'adding/bad-input',
  'adding/producer',
  'adding/round-trip',
  'asking/monitor',
  'delivery/at-least-once',
  'delivery/concurrency',
  'delivery/redelivery',
  'failing/dead-letter',
  'failing/exception-filters',
  'failing/handler-outcomes',
  'failing/timeout',
  'groups/groups',
  'health/faults',
  'health/limits',
  'health/shutdown',
  'health/stuck-handlers',
  'nest/enhancers',
  'nest/events',
  'nest/http-enhancers',
  'nest/process-roles',
  'nest/request-scope',
  'nest/shutdown',
  'nest/start-order',
  'request-reply/other-patterns',
];

/** Nest 12's own pipe is not in 11. */
const NOT_IN_11 = '^(?!.*(StandardSchemaValidationPipe|a pipe’s refusal))';

const { values } = parseArgs({
  options: { nest: { type: 'string', default: '11' }, contract: { type: 'boolean', default: false } },
});
const folder = await mkdtemp(join(tmpdir(), `nrs-nest-${values.nest}-`));
process.exitCode = 1;
try {
  await install();
  await checkContents();
  await step('tsc', 'node_modules/typescript/bin/tsc', '-p', 'tsconfig.app.json');
  const redis = await startRedis({ dir: folder, args: ['--save', '', '--appendonly', 'no'] });
  process.env.REDIS_URL = redis.url;
  try {
    await step('the application', 'built/app.js');
    await step('the command line', 'node_modules/nestjs-redis-streams/bin/nestjs-redis-streams.js', 'stats');
    if (values.contract) {
      const files = CONTRACTS.map((name) => `test/contract/${name}.e2e-spec.ts`);
      await step(
        'the contract tests',
        'node_modules/vitest/vitest.mjs',
        'run',
        '--reporter=dot',
        '-t',
        NOT_IN_11,
        ...files,
      );
    }
  } finally {
    await redis.stop();
  }
  process.exitCode = 0;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Fills the folder: the tarball, Nest, the application, and the tests with a tsconfig whose paths do not lead to the source. */
async function install() {
  const root = JSON.parse(await readFile(`${ROOT}package.json`, 'utf8'));
  const { compilerOptions } = JSON.parse(await readFile(`${ROOT}tsconfig.json`, 'utf8'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: `${ROOT}libs/redis-streams`,
  });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf('[')));
  const dependencies = {
    'nestjs-redis-streams': `file:${filename}`,
    ...Object.fromEntries(NEST.map((name) => [`@nestjs/${name}`, `^${values.nest}.0.0`])),
    ...Object.fromEntries(TOOLS.map((name) => [name, root.devDependencies[name]])),
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies }));
  const { paths: _, ...options } = compilerOptions;
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['test'] }));
  const app = {
    noEmit: false,
    outDir: 'built',
    rootDir: 'test/package',
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
  };
  await writeFile(
    join(folder, 'tsconfig.app.json'),
    JSON.stringify({ extends: './tsconfig.json', compilerOptions: app, include: ['test/package'] }),
  );
  for (const path of ['test/contract', 'test/support', 'test/package', 'scripts', 'docs', 'vitest.config.ts']) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  }
  // Without --legacy-peer-deps: a range that leaves this Nest out fails here.
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock'], { cwd: folder });
  const { stdout: tree } = await run('npm', ['ls', '@nestjs/core', 'nestjs-redis-streams', '--depth', '0'], {
    cwd: folder,
  });
  console.log(tree.trim());
}

/** What source maps and comments point to is in the package, too. */
async function checkContents() {
  const library = join(folder, 'node_modules/nestjs-redis-streams');
  const files = await readdir(join(library, 'dist'), { recursive: true });
  for (const file of files.filter((name) => /\.(map|d\.ts)$/.test(name))) {
    const path = join(library, 'dist', file);
    const text = await readFile(path, 'utf8');
    const targets = file.endsWith('.map')
      ? JSON.parse(text).sources.map((/** @type {string} */ source) => join(path, '..', source))
      : [...text.matchAll(/\bdocs\/[a-z-]+\.md/g)].map(([page]) => join(library, page));
    for (const target of targets) await access(target);
  }
  console.log('source maps and comments point to files of the package');
}

/**
 * @param {string} name what runs, for the message
 * @param {string[]} args
 */
async function step(name, ...args) {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: folder, stdio: 'inherit' });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  if (code !== 0) throw new Error(`On Nest ${values.nest}, ${name} failed.`);
  console.log(`${name}: passed on Nest ${values.nest}, in ${Math.round((performance.now() - started) / 1000)} s`);
}
