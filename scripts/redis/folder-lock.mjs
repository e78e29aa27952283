import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identityOf, isRunning } from './process-identity.mjs';

/**
 * @typedef {import('./process-identity.mjs').ProcessIdentity} ProcessIdentity
 * @typedef {{ holder?: ProcessIdentity, redis?: ProcessIdentity }} LockRecord
 *
 * @typedef {object} FolderLock
 * @property {ProcessIdentity | undefined} leftRedis  what a holder that did not release had running
 * @property {(redis: ProcessIdentity) => Promise<void>} noteRedis
 * @property {() => Promise<void>} release  once nothing uses the folder any more
 */

/**
 * Makes this process the only one to use a folder, until it releases the folder or ends, however it ends.
 *
 * The lock is the file with the highest number beside the folder, such as `redis.lock.7`, and tells its holder. Who finds
 * that holder gone makes the next number, complete with its content, which the file system allows only one to do. The
 * highest number is never removed, so that who is late, and makes a number that was removed, sees the higher one.
 * @param {string} folder
 * @returns {Promise<FolderLock>}
 * @throws Error naming the process that holds it
 */
export async function lockFolder(folder) {
  const me = await identityOf(process.pid);
  if (!me) throw new Error('This process cannot be found: neither /proc nor ps tells of it.');
  for (;;) {
    const current = await highestNumber(folder);
    const record = await read(lockFile(folder, current));
    if (record.holder && (await isRunning(record.holder))) {
      throw new Error(
        `Another start (process ${record.holder.pid}) keeps its Redis in ${folder}. Stop that one first, or set REDIS_URL ` +
          'to use a Redis of your own.',
      );
    }
    const mine = current + 1;
    if (!(await create(lockFile(folder, mine), { holder: me, redis: record.redis }))) continue;
    if ((await highestNumber(folder)) !== mine) continue;
    for (const number of await numbers(folder)) if (number < mine) await rm(lockFile(folder, number), { force: true });
    const rewrite = (/** @type {LockRecord} */ next) => replace(lockFile(folder, mine), next);
    return {
      leftRedis: record.redis,
      noteRedis: (redis) => rewrite({ holder: me, redis }),
      release: () => rewrite({}),
    };
  }
}

/**
 * @param {string} folder
 * @param {number} number
 */
function lockFile(folder, number) {
  return `${folder}.lock.${number}`;
}

/** @param {string} folder */
async function highestNumber(folder) {
  return Math.max(0, ...(await numbers(folder)));
}

/** @param {string} folder */
async function numbers(folder) {
  const prefix = `${basename(folder)}.lock.`;
  const names = await readdir(dirname(folder));
  const endings = names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  return endings.filter((ending) => /^\d+$/.test(ending)).map(Number);
}

/**
 * @param {string} file
 * @returns {Promise<LockRecord>} empty where there is no lock, or a crash of the machine left no content
 */
async function read(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return {};
  }
}

/**
 * @param {string} file
 * @param {LockRecord} record
 * @returns {Promise<boolean>} false when another was first
 */
async function create(file, record) {
  const draft = await write(file, record);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * @param {string} file
 * @param {LockRecord} record
 */
async function replace(file, record) {
  await rename(await write(file, record), file);
}

/**
 * @param {string} file
 * @param {LockRecord} record
 * @returns {Promise<string>} the path of a draft that nobody else writes
 */
async function write(file, record) {
  const draft = join(dirname(file), `.${basename(file)}.${process.pid}`);
  await writeFile(draft, JSON.stringify(record));
  return draft;
}
