import { describe, it } from 'vitest';
import { busyWorkers } from '../../support/busy-workers.js';
import { ownCluster } from '../../support/own-cluster.js';
import { type TcpProxy, tcpProxy } from '../../support/tcp-proxy.js';

const BLOCK_MS = 2_000;
/** Every link is given up by itself, within 3 s of its BLOCK or 5 s of silence, and all of them on a busy machine. */
const AGAIN_WITHIN_MS = 20_000;

/** Workers that reach each node of a cluster by a proxy of its own. */
async function workersBehindProxies() {
  const cluster = await ownCluster();
  const proxies = new Map<number, TcpProxy>();
  for (const { port } of cluster.nodes) proxies.set(port, await tcpProxy(port));
  const atProxy = (port: number) => ({ host: '127.0.0.1', port: proxies.get(port)!.port });
  const natMap = Object.fromEntries(cluster.nodes.map(({ port }) => [`127.0.0.1:${port}`, atProxy(port)]));
  const workers = await busyWorkers({
    connection: { nodes: cluster.seeds.map(({ port }) => atProxy(port)), options: { natMap } },
    blockMs: BLOCK_MS,
  });
  const { port } = await cluster.masterOf(workers.stream);
  return { workers, toMaster: proxies.get(port)! };
}

describe('in a cluster whose nodes are reached by a natMap every single worker runs tasks again after', () => {
  it('its link to the master that holds the stream falls silent', { timeout: 60_000 }, async () => {
    const { workers, toMaster } = await workersBehindProxies();
    toMaster.silence();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });

  it('its link to the master that holds the stream is half-open', { timeout: 60_000 }, async () => {
    const { workers, toMaster } = await workersBehindProxies();
    toMaster.halfOpen();
    await workers.untilAllRunAgain(AGAIN_WITHIN_MS);
    await workers.untilAllIsDone();
  });
});
