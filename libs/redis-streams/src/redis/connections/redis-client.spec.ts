import { setImmediate as turn } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { expect, it, vi } from 'vitest';
import { letAskingsFail } from './redis-client.js';

it("a cluster's ASKING that a broken connection leaves unanswered is nobody's unhandled rejection", async () => {
  const cluster = new Cluster([{ host: '127.0.0.1', port: 1 }], { lazyConnect: true });
  const node = new Redis({ host: '127.0.0.1', port: 1, lazyConnect: true, retryStrategy: () => null });
  node.on('error', () => undefined);
  const ended = new Promise((resolve) => node.once('end', resolve));
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    letAskingsFail(cluster);
    cluster.emit('+node', node);
    void node.asking();
    await ended;
    await turn();
    expect(unhandled).not.toHaveBeenCalled();
    await expect(node.asking()).rejects.toThrow('Connection is closed.');
  } finally {
    process.off('unhandledRejection', unhandled);
    cluster.disconnect();
  }
});
