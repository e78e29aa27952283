import { startKeptRedis } from '../../scripts/redis/kept-redis.mjs';

/** What `start.mjs` does with the folder named by the argument; it says `running` with the server's pid, or why not. */
try {
  const redis = await startKeptRedis({ dir: process.argv[2] ?? '', say: () => undefined });
  console.log(`running ${redis.process.pid} ${redis.port}`);
  process.on('SIGTERM', () => void redis.stop().then(() => process.exit(0)));
} catch (error) {
  console.log(`refused ${/** @type {Error} */ (error).message}`);
  process.exit(1);
}
