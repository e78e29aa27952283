import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const run = promisify(execFile);
const FINDER = new URL('../../scripts/redis/find-redis.mjs', import.meta.url).href;
const SERVER = '#!/bin/sh\necho "Redis server v=7.0.15"\n';

async function program(path: string, content: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  await chmod(path, 0o755);
}

/** A home whose private copy was cut short, and a PATH with nothing on it but an apt that works, or does not. */
async function machine({ hasPackages }: { hasPackages: boolean }) {
  const root = await mkdtemp(join(tmpdir(), 'nrs-home-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const copy = join(root, '.cache/nestjs-redis-streams/redis-server');
  await program(join(copy, 'usr/bin/redis-server'), '');
  await mkdir(join(copy, 'usr/lib'));
  const apt = `#!/bin/sh
for word; do case "$word" in Dir::Cache::Archives=*) archives="\${word#*=}" ;; esac; done
case "$*" in *--download-only*) : > "$archives/redis-server.deb" ;; esac
`;
  const unpack = `#!/bin/sh
/bin/mkdir -p "$3/usr/bin" "$3/usr/lib"
printf '%s' '${SERVER}' > "$3/usr/bin/redis-server"
/bin/chmod +x "$3/usr/bin/redis-server"
`;
  await program(join(root, 'bin/apt-get'), hasPackages ? apt : '#!/bin/sh\necho "no network" >&2\nexit 100\n');
  await program(join(root, 'bin/dpkg-deb'), unpack);
  const find = `const { findRedisServer } = await import(${JSON.stringify(FINDER)});
    const told = [];
    const found = await findRedisServer((line) => told.push(line)).catch((error) => ({ error: error.message }));
    console.log(JSON.stringify({ ...found, told }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', find], {
    env: { HOME: root, PATH: join(root, 'bin') },
  });
  return { copy, ...(JSON.parse(stdout) as { path?: string; error?: string; told: string[] }) };
}

it.runIf(process.platform === 'linux')('makes a private copy that was cut short anew, and says so', async () => {
  const { copy, path, told } = await machine({ hasPackages: true });
  expect(path).toBe(join(copy, 'usr/bin/redis-server'));
  expect((await run(path!, ['--version'])).stdout).toContain('v=7.0.15');
  expect(told.join()).toMatch(/private copy .* does not run/);
});

it.runIf(process.platform === 'linux')('names the remedy where a damaged copy cannot be made anew', async () => {
  const { copy, error } = await machine({ hasPackages: false });
  expect(error).toContain(copy);
  expect(error).toMatch(/does not run.*no network.*apt-get install redis-server/s);
});
