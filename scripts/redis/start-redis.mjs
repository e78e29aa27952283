import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { findRedisServer } from './find-redis.mjs';

/**
 * @typedef {object} RunningRedis
 * @property {string} url
 * @property {number} port
 * @property {import('node:child_process').ChildProcess} process
 * @property {() => Promise<void>} stop  SIGTERM: Redis saves and ends
 */

/** Becomes the program once it is told to; nothing, if whoever should tell it ends first. */
const GATE = ['/bin/sh', '-c', 'read -r go && exec "$0" "$@"'];

/**
 * Starts a Redis on loopback with its data in `dir`, and waits until it answers.
 * @param {object} options
 * @param {string} options.dir
 * @param {number} [options.port]
 * @param {string[]} [options.args]
 * @param {NodeJS.ProcessEnv} [options.env]  added to this process's environment
 * @param {(line: string) => void} [options.say]
 * @param {(pid: number) => Promise<void>} [options.beforeRun]  the server touches nothing until this has resolved
 * @returns {Promise<RunningRedis>}
 */
export async function startRedis({ dir, port, args = [], env, say, beforeRun }) {
  const program = await findRedisServer(say);
  await mkdir(dir, { recursive: true });
  const chosen = port ?? (await freePort());
  const settings = ['--port', String(chosen), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no', ...args];
  const [command = '', ...words] = [...(beforeRun ? GATE : []), program.path, ...settings];
  const server = spawn(command, words, {
    env: { ...process.env, ...program.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal is for us: we stop Redis after the app has drained.
    detached: true,
  });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => (output = (output + chunk).slice(-4000));
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const ended = new Promise((resolve) => {
    server.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    server.once('error', (error) => resolve(error.message));
  });
  const failed = ended.then((how) => {
    throw new Error(`${program.path} ended (${how}):\n${output}`);
  });
  failed.catch(() => undefined);
  server.stdin.on('error', () => undefined);
  if (beforeRun && server.pid !== undefined) await beforeRun(server.pid);
  server.stdin.end('go\n');
  await Promise.race([answers(chosen), failed]).catch((error) => {
    server.kill('SIGTERM');
    throw error;
  });
  return {
    url: `redis://127.0.0.1:${chosen}`,
    port: chosen,
    process: server,
    stop: async () => {
      server.kill('SIGCONT');
      server.kill('SIGTERM');
      await ended;
    },
  };
}

/**
 * A port that nobody listens on, below those that the system lends to outgoing connections: of these, one may be gone
 * between the look and the server's own bind. Room is left for a cluster node's second port, 10,000 above.
 * @param {string} [host]
 * @returns {Promise<number>}
 */
export async function freePort(host = '127.0.0.1') {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = randomInt(10_000, 22_000);
    if (await isFree(port, host)) return port;
  }
  throw new Error(`No free port between 10000 and 22000 on ${host}.`);
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>}
 */
function isFree(port, host) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, host, () => probe.close(() => resolve(true)));
  });
}

/** @param {number} port */
async function answers(port) {
  for (let attempt = 0; attempt < 400; attempt++) {
    if (await pings(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`Redis on port ${port} did not answer within 10 s.`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 */
function pings(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once('data', (reply) => {
      // -NOAUTH means that it is up, too; -LOADING that it is not yet.
      resolve(!reply.toString().startsWith('-LOADING'));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
