import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import type { WorkerState } from '../../apps/document-pipeline/src/operations/workers.js';
import { eventually } from '../support/eventually.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function isSource(path: string): boolean {
  return !/\/(dist|node_modules)$/.test(path);
}

/** A copy of what `npm start` needs, so that nobody else builds there or keeps data. */
async function clone(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'nrs-start-'));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5 }));
  for (const name of [
    'apps',
    'libs',
    'scripts',
    'package.json',
    'package-lock.json',
    'nest-cli.json',
    'tsconfig.json',
  ]) {
    await cp(join(ROOT, name), join(root, name), { recursive: true, filter: isSource });
  }
  await linkDependencies(root);
  return root;
}

/** All packages but the library, which is the clone's own, the compiler, which a quicker one stands in for, and caches. */
async function linkDependencies(root: string): Promise<void> {
  const [from, to] = [join(ROOT, 'node_modules'), join(root, 'node_modules')];
  await mkdir(join(to, '@nestjs/cli/bin'), { recursive: true });
  const scoped = (await readdir(join(from, '@nestjs'))).map((name) => `@nestjs/${name}`);
  for (const dependency of [...(await readdir(from)), ...scoped]) {
    if (['.cache', 'nestjs-redis-streams', '@nestjs', '@nestjs/cli'].includes(dependency)) continue;
    await symlink(join(from, dependency), join(to, dependency));
  }
  await symlink(join(root, 'libs/redis-streams'), join(to, 'nestjs-redis-streams'));
  await cp(join(ROOT, 'test/sample/transpile.mjs'), join(to, '@nestjs/cli/bin/nest.js'));
}

interface Start {
  readonly output: () => string;
  /** Waits for the line that names the page, and returns its URL. */
  ready(withinMs: number): Promise<string>;
  stop(): Promise<void>;
}

function start(root: string, environment: Record<string, string> = {}): Start {
  const env = { ...process.env, REDIS_URL: '', PORT: '0', ...environment };
  const child: ChildProcess = spawn(process.execPath, ['scripts/start.mjs'], { cwd: root, env, stdio: 'pipe' });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (chunk: Buffer) => (output += String(chunk)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
  };
  onTestFinished(stop);
  const ready = (withinMs: number) =>
    eventually(() => {
      if (child.exitCode !== null) throw new Error(output);
      return /Ready: (\S+)/.exec(output)?.[1];
    }, withinMs);
  return { output: () => output, ready, stop };
}

it(
  'builds what has changed and says so, keeps documents, and listens on loopback alone',
  { timeout: 180_000 },
  async () => {
    const root = await clone();
    const first = start(root);
    const url = await first.ready(120_000);
    expect(first.output()).toMatch(/Building the library[^]*Building the sample/);
    expect(new URL(url).hostname).toBe('127.0.0.1');
    for (const address of otherAddresses()) {
      await expect(fetch(`http://${address}:${new URL(url).port}/`)).rejects.toThrow('fetch failed');
    }
    const body = JSON.stringify({ title: 'Kept', text: 'A text.' });
    const headers = { 'content-type': 'application/json' };
    const { id } = (await (await fetch(`${url}/documents`, { method: 'POST', body, headers })).json()) as {
      id: string;
    };
    await aWorkerIsSeen(url, root, /REDIS_URL=(\S+) node (\S+)/.exec(first.output())!.slice(1));
    await first.stop();

    const second = start(root, { HOST: '0.0.0.0' });
    const open = await second.ready(30_000);
    expect(second.output()).toContain('The build is up to date.');
    expect(second.output()).not.toContain('Building');
    expect(await (await fetch(`${open}/documents/${id}`)).json()).toMatchObject({ title: 'Kept' });
    for (const address of otherAddresses()) {
      expect((await fetch(`http://${address}:${new URL(open).port}/`)).status).toBe(200);
    }
    await second.stop();

    const icon = join(root, 'apps/document-pipeline/src/page/public/icon.svg');
    await writeFile(icon, (await readFile(icon, 'utf8')).replace('</svg>', '<!-- new --></svg>'));
    const third = start(root);
    const changed = await third.ready(60_000);
    expect(third.output()).toContain('Building the sample');
    expect(third.output()).not.toContain('Building the library');
    expect(await (await fetch(`${changed}/icon.svg`)).text()).toContain('<!-- new -->');
  },
);

/** Runs the worker that `npm start` has told of. */
async function aWorkerIsSeen(url: string, root: string, [redisUrl, program]: string[]): Promise<void> {
  const env = { ...process.env, REDIS_URL: redisUrl };
  const worker = spawn(process.execPath, [program!], { cwd: root, env, stdio: 'ignore' });
  onTestFinished(() => void worker.kill('SIGKILL'));
  await eventually(async () => {
    const { workers } = (await (await fetch(`${url}/queues`)).json()) as { workers: WorkerState[] };
    return workers.length === 2 && workers.some(({ name }) => name.endsWith(`:${worker.pid}`));
  }, 30_000);
}

function otherAddresses(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address);
}
