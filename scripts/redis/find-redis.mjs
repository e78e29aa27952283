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

/** @type {Map<string | undefined, Promise<RedisServerProgram>>} */
const found = new Map();

/**
 * Finds a redis-server that runs: `REDIS_SERVER`, else one on PATH, else a private copy, which it makes from the
 * distribution's Debian packages where it can; a damaged one it makes anew.
 * @param {(line: string) => void} say
 * @returns {Promise<RedisServerProgram>}
 */
export function findRedisServer(say = (line) => console.log(line)) {
  const named = process.env.REDIS_SERVER || undefined;
  const program = found.get(named) ?? (named ? namedServer(named) : anyServer(say));
  found.set(named, program);
  program.catch(() => found.delete(named));
  return program;
}

/**
 * @param {string} path
 * @returns {Promise<RedisServerProgram>}
 */
async function namedServer(path) {
  const problem = await problemOf({ path, env: {} });
  if (!problem) return { path, env: {} };
  throw new Error(`REDIS_SERVER names '${path}', which does not run (${problem}). Name another one, or unset it.`);
}

/**
 * @param {(line: string) => void} say
 * @returns {Promise<RedisServerProgram>}
 */
async function anyServer(say) {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const program of PROGRAMS) {
      const server = { path: join(folder, program), env: {} };
      if ((await isExecutable(server.path)) && !(await problemOf(server))) return server;
    }
  }
  const copy = await privateCopy();
  const problem = copy && (await problemOf(copy));
  if (copy && !problem) return copy;
  return makePrivateCopy(say, problem);
}

/**
 * Why a program is no redis-server that runs: a file that was cut short, for example, still looks like one.
 * @param {RedisServerProgram} program
 * @returns {Promise<string | undefined>}
 */
async function problemOf({ path, env }) {
  try {
    const { stdout } = await run(path, ['--version'], { env: { ...process.env, ...env }, timeout: 10_000 });
    return /\bv=\d/.test(stdout) ? undefined : 'it does not tell its version';
  } catch (error) {
    const { code, signal, stderr } = /** @type {{ code?: string | number, signal?: string, stderr?: string }} */ (
      error
    );
    return stderr?.trim() || String(signal ?? code);
  }
}

/** @param {string} path */
async function isExecutable(path) {
  return exists(path, constants.X_OK);
}

/**
 * @param {string} path
 * @param {number} [how]
 */
async function exists(path, how = constants.F_OK) {
  return access(path, how).then(
    () => true,
    () => false,
  );
}

/** @returns {Promise<RedisServerProgram | undefined>} */
async function privateCopy() {
  return (await exists(PRIVATE_COPY)) ? serverIn(PRIVATE_COPY) : undefined;
}

/**
 * @param {string} root  where packages were unpacked
 * @returns {Promise<RedisServerProgram>}
 */
async function serverIn(root) {
  const folders = await readdir(join(root, 'usr', 'lib')).catch(() => []);
  const libraries = folders.filter((name) => name.endsWith('-linux-gnu')).map((name) => join(root, 'usr', 'lib', name));
  return { path: join(root, 'usr', 'bin', 'redis-server'), env: { LD_LIBRARY_PATH: libraries.join(delimiter) } };
}

/**
 * apt fetches and checks the packages with an index and a cache of its own; the system stays as it is, and no root is
 * needed.
 * @param {(line: string) => void} say
 * @param {string} [damage]  what is wrong with the copy that there is
 * @returns {Promise<RedisServerProgram>}
 */
async function makePrivateCopy(say, damage) {
  const state = damage
    ? `The private copy of redis-server in ${PRIVATE_COPY} does not run (${damage})`
    : 'There is no redis-server here';
  const advice =
    'Install one (Debian, Ubuntu: sudo apt-get install redis-server; macOS: brew install redis), or set REDIS_URL to a ' +
    'running Redis 6.0 or later.';
  if (process.platform !== 'linux' || !(await onPath('apt-get'))) throw new Error(`${state}. ${advice}`);
  say(`${state}: unpacking Debian's package into ${PRIVATE_COPY}, which takes a moment.`);
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
    const problem = await problemOf(await serverIn(join(work, 'root')));
    if (problem) throw new Error(`the package's server does not run: ${problem}`);
    // Only what runs gets the name.
    await rm(PRIVATE_COPY, { recursive: true, force: true });
    const failure = await rename(join(work, 'root'), PRIVATE_COPY).catch((error) => error);
    const copy = await serverIn(PRIVATE_COPY);
    // Another process may have been at it too, and faster; its copy is as good.
    if (failure && (await problemOf(copy))) throw failure;
    return copy;
  } catch (cause) {
    throw new Error(`${state}, and unpacking one failed (${String(cause)}). ${advice}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** @param {string} program */
async function onPath(program) {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return (await Promise.all(folders.map((folder) => isExecutable(join(folder, program))))).includes(true);
}
