import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { register } from 'prom-client';

/** For a worker that is scraped: only such a one needs prom-client. */
export const metricsModule = RedisStreamsMetricsModule.forRoot({ server: { everyMs: 1_000 } });

/** As few lines as a scrape needs. @returns the port */
export async function answerScrapes(): Promise<number> {
  const server = createServer((_request, response) => void register.metrics().then((text) => response.end(text)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}
