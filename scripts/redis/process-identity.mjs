import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** @typedef {{ pid: number, startedAt: string }} ProcessIdentity  numbers of processes come again, with another start */

/**
 * @param {number} pid
 * @returns {Promise<ProcessIdentity | undefined>} undefined when there is no such process, or only its remains
 */
export async function identityOf(pid) {
  const startedAt = existsSync('/proc/self/stat') ? await startInProc(pid) : await startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** @param {ProcessIdentity} identity */
export async function isRunning({ pid, startedAt }) {
  return (await identityOf(pid))?.startedAt === startedAt;
}

/** @param {number} pid */
async function startInProc(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The program's name, in brackets, may hold anything; the state follows it, and the start is 19 fields later.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** @param {number} pid */
async function startByPs(pid) {
  const { stdout } = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  const [state = 'Z', ...start] = stdout.trim().split(/\s+/);
  return state.startsWith('Z') ? undefined : start.join(' ');
}
