import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { buildWhatChanged } from './build.mjs';
import { startKeptRedis } from './redis/kept-redis.mjs';
import { freePort } from './redis/start-redis.mjs';

/**
 * Runs the sample with all that it needs: a Redis unless REDIS_URL names one, a build where something has changed, and a
 * free port unless PORT names one, on loopback unless HOST names another address.
 */

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const APP = `${ROOT}apps/document-pipeline/dist/main.js`;
const WORKER = 'apps/document-pipeline/dist/worker.js';
const HOST = process.env.HOST || '127.0.0.1';
const DEFAULT_PORT = 3_000;
const START_TIMEOUT_MS = 60_000;

const say = (/** @type {string} */ line) => console.log(line);

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @type {ChildProcess | undefined} */
let app;
/** @type {import('./redis/start-redis.mjs').RunningRedis | undefined} */
let redis;
const stopping = new AbortController();

process.on('SIGINT', stop);
process.on('SIGTERM', stop);
stopWithNpm();

try {
  process.exitCode = await run();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await redis?.stop();
}

/** @returns {Promise<number>} the exit code */
async function run() {
  if (!process.env.REDIS_URL) {
    redis = await startKeptRedis({ dir: `${ROOT}.data/redis`, say });
    say(`Redis runs on port ${redis.port} and keeps its data in .data/redis.`);
  }
  try {
    await buildWhatChanged({ say, signal: stopping.signal });
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
  if (stopping.signal.aborted) return 0;
  const port = await choosePort();
  const redisUrl = process.env.REDIS_URL || redis?.url || '';
  const env = { ...process.env, HOST, PORT: String(port), REDIS_URL: redisUrl };
  // A group of its own: a Ctrl-C in the terminal reaches the app through us, once. The channel tells it should we die.
  app = spawn(process.execPath, [APP], { env, detached: true, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const child = app;
  const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal ? 1 : 0))));
  void announce({ url: urlOf(port), redisUrl }, child);
  const code = await ended;
  if (stopping.signal.aborted) return 0;
  console.error(`The app ended by itself, with code ${code}.`);
  return code || 1;
}

function stop() {
  if (stopping.signal.aborted) {
    say('Forced to stop.');
    app?.kill('SIGKILL');
    redis?.process.kill('SIGKILL');
    process.exit(1);
  }
  stopping.abort();
  say('\nStopping: running tasks may end first. Once more forces it.');
  app?.kill('SIGTERM');
}

/** `npm start` runs us in a shell, and a SIGTERM to npm ends that shell without telling us: we see that it is gone. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== 'start') return;
  const shell = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(watch);
    // A Ctrl-C ends that shell too, after it has reached us.
    if (!stopping.signal.aborted) stop();
  }, 500);
  watch.unref();
}

/** @returns {Promise<number>} */
async function choosePort() {
  const given = process.env.PORT;
  if (given === '0') return freePort(HOST);
  if (given) {
    if (/^\d+$/.test(given) && !(await isFree(Number(given)))) {
      throw new Error(`Port ${given} is taken. Set PORT to another one, or unset it for the next free one.`);
    }
    return Number(given);
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + 100; port++) if (await isFree(port)) return port;
  throw new Error(`No port from ${DEFAULT_PORT} to ${DEFAULT_PORT + 99} is free. Set PORT.`);
}

/**
 * @param {number} port
 * @returns {Promise<boolean>}
 * @throws Error where HOST is no address to listen on
 */
function isFree(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (/** @type {NodeJS.ErrnoException} */ { code }) => {
      if (code === 'EADDRINUSE' || code === 'EACCES') resolve(false);
      else reject(new Error(`HOST must be an address of this machine, or 0.0.0.0 for all, got '${HOST}' (${code}).`));
    });
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}

/**
 * Where a browser on this machine finds the app.
 * @param {number} port
 */
function urlOf(port) {
  if (HOST === '0.0.0.0' || HOST === '::') return `http://localhost:${port}`;
  return `http://${HOST.includes(':') ? `[${HOST}]` : HOST}:${port}`;
}

/**
 * Tells where the app is once it is healthy.
 * @param {{ url: string, redisUrl: string }} where
 * @param {ChildProcess} child
 */
async function announce({ url, redisUrl }, child) {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null && !stopping.signal.aborted) {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    if (response?.ok) {
      say(`\n  Ready: ${url}\n\n  Try it: curl -s ${url}/documents -H 'content-type: application/json' \\`);
      say(`            -d '{"title":"Hello","text":"Streams keep tasks. Workers take them. Nothing is lost."}'`);
      // A REDIS_URL of one's own may hold a password.
      if (redis) say(`\n  Another worker, to kill -9: REDIS_URL=${redisUrl} node ${WORKER}`);
      say(`\n  Ctrl-C stops it.\n`);
      return;
    }
    if (Date.now() > deadline) {
      say(`The app is not healthy after ${START_TIMEOUT_MS / 1_000} s: see ${url}/health and the log above.`);
      return;
    }
    await wait(200);
  }
}
