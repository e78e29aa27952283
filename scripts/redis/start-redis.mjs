import { spawn } from 'node:child_process';
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

/**
 * Starts a Redis on loopback with its data in `dir`, and waits until it answers.
 * @param {{ dir: string, port?: number, args?: string[], say?: (line: string) => void }} options
 * @returns {Promise<RunningRedis>}
 */
export async function startRedis({ dir, port, args = [], say }) {
  const program = await findRedisServer(say);
  await mkdir(dir, { recursive: true });
  const chosen = port ?? (await freePort());
  const settings = ['--port', String(chosen), '--bind', '127.0.0.1', '--dir', dir, '--daemonize', 'no', ...args];
  const server = spawn(program.path, settings, {
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C in the terminal is for us: we stop Redis after the app has drained.
    detached: true,
  });
  let output = '';
  const keep = (/** @type {Buffer} */ chunk) => (output = (output + chunk).slice(-4000));
  server.stdout.on('data', keep);
  server.stderr.on('data', keep);
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const failed = ended.then((code) => {
    throw new Error(`${program.path} ended with code ${code}:\n${output}`);
  });
  failed.catch(() => undefined);
  await Promise.race([answers(chosen), failed]);
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

/** @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
      probe.close(() => resolve(port));
    });
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
