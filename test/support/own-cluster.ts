import { onTestFinished } from 'vitest';
import { eventually } from './eventually.js';
import { RedisCluster } from './redis-cluster.js';
import { uniqueStream } from './streams.js';

/** A Redis Cluster of three masters with a replica each, for one test that may break it. */
export async function ownCluster(): Promise<RedisCluster> {
  const cluster = new RedisCluster();
  onTestFinished(() => cluster.end());
  await cluster.start();
  return cluster;
}

/** The name of a stream that another master serves than this one. */
export async function streamElsewhere(cluster: RedisCluster, than: string): Promise<string> {
  const here = await cluster.masterOf(than);
  return eventually(async () => {
    const stream = uniqueStream('elsewhere');
    return (await cluster.masterOf(stream)) !== here && stream;
  });
}
