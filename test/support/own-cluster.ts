import { onTestFinished } from 'vitest';
import { RedisCluster } from './redis-cluster.js';

/** A Redis Cluster of three masters with a replica each, for one test that may break it. */
export async function ownCluster(): Promise<RedisCluster> {
  const cluster = new RedisCluster();
  onTestFinished(() => cluster.end());
  await cluster.start();
  return cluster;
}
