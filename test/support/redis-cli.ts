import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

/** A plain connection, as any other client of Redis would have; closed with the test. */
export function redisCli(url = process.env.REDIS_URL!): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 50 });
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}
