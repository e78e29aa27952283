import { execFile } from 'node:child_process';
import { access, constants, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = ['redis-server', 'valkey-server'];
const PRIVATE_COPY = join(homedir(), '.cache', 'nestjs-redis-streams', 'redis-server');

/**
 * @typedef {{ path: string, env: NodeJS.ProcessEnv }} RedisServerProgram
 */

/**
 * Finds a redis-server to run: `REDIS_SERVER`, else one on PATH, else a private copy, which it makes from the
 * distribution's Debian packages where it can.
 * @param {(line: string) => void} say
 * @returns {Promise<RedisServerProgram>}
 */
export async function findRedisServer(say = (line) => console.log(line)) {
  const named = process.env.REDIS_SERVER;
  if (named) {
    if (await isExecutable(named)) return { path: named, env: {} };
    throw new Error(`REDIS_SERVER names '${named}', which is no program that can be run.`);
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const program of PROGRAMS) {
      if (await isExecutable(join(folder, program))) return { path: join(folder, program), env: {} };
    }
  }
  return (await privateCopy()) ?? (await makePrivateCopy(say));
}

/** @param {string} path */
async function isExecutable(path) {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/** @returns {Promise<RedisServerProgram | undefined>} */
async function privateCopy() {
  const path = join(PRIVATE_COPY, 'usr', 'bin', 'redis-server');
  if (!(await isExecutable(path))) return undefined;
  const folders = await readdir(join(PRIVATE_COPY, 'usr', 'lib'));
  const libraries = folders
    .filter((name) => name.endsWith('-linux-gnu'))
    .map((name) => join(PRIVATE_COPY, 'usr', 'lib', name));
  return { path, env: { LD_LIBRARY_PATH: libraries.join(delimiter) } };
}

/**
 * apt fetches and checks the packages with an index and a cache of its own; the system stays as it is, and no root is
 * needed.
 * @param {(line: string) => void} say
 * @returns {Promise<RedisServerProgram>}
 */
async function makePrivateCopy(say) {
  const advice =
    'Install one (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis), or set REDIS_URL to a ' +
    'running Redis 6.0 or later.';
  if (process.platform !== 'linux' || !(await onPath('apt-get')))
    throw new Error(`There is no redis-server here. ${advice}`);
  say(`There is no redis-server here: unpacking a private copy of Debian's package into ${PRIVATE_COPY}.`);
  const work = `${PRIVATE_COPY}.${process.pid}`;
  const archives = join(work, 'archives');
  try {
    for (const folder of ['lists/partial', 'archives/partial', 'root'])
      await mkdir(join(work, folder), { recursive: true });
    const apt = (/** @type {string[]} */ ...command) =>
      run('apt-get', [
        '-qq',
        ...['-o', `Dir::State::Lists=${join(work, 'lists')}`],
        ...['-o', `Dir::Cache=${work}`, '-o', `Dir::Cache::Archives=${archives}`],
        ...['-o', 'Debug::NoLocking=1', '-o', 'APT::Sandbox::User=root'],
        ...command,
      ]);
    await apt('update');
    await apt('-y', '--no-install-recommends', '--download-only', 'install', 'redis-server');
    for (const file of await readdir(archives)) {
      if (file.endsWith('.deb')) await run('dpkg-deb', ['-x', join(archives, file), join(work, 'root')]);
    }
    await rm(PRIVATE_COPY, { recursive: true, force: true });
    await rename(join(work, 'root'), PRIVATE_COPY);
    const copy = await privateCopy();
    if (!copy) throw new Error('the packages hold no redis-server');
    await run(copy.path, ['--version'], { env: { ...process.env, ...copy.env } });
    return copy;
  } catch (cause) {
    throw new Error(
      `There is no redis-server here, and unpacking a private copy failed (${String(cause)}). ${advice}`,
      {
        cause,
      },
    );
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {string} program */
async function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return (await Promise.all(folders.map((folder) => isExecutable(join(folder, program))))).includes(true);
}
