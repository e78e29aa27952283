import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import type { ConsumerLifecycle } from './consumer-lifecycle.js';
import { REDIS_STREAMS } from './redis-streams.transport.js';

/**
 * Starts consuming the official way, where `autoStart` is false or one prefers to say so in `main.ts`:
 *
 * @example
 * app.connectMicroservice({ strategy: app.get(RedisStreamsStrategy) }, { inheritAppConfig: true });
 * await app.startAllMicroservices();
 *
 * Handlers always run with the application's own global guards, pipes, interceptors and filters; those registered on the
 * connected microservice alone do not apply. Listening twice, or beside `autoStart`, consumes once.
 */
export class RedisStreamsStrategy extends Server implements CustomTransportStrategy {
  override readonly transportId = REDIS_STREAMS;

  /** @internal Nest makes it. */
  constructor(private readonly lifecycle: ConsumerLifecycle) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    this.lifecycle.listen().then(() => callback(), callback);
  }

  /** Drains and stops; the module has done so already when the application closes. */
  close(): Promise<void> {
    return this.lifecycle.stop();
  }

  on(): never {
    throw new Error(
      'RedisStreamsStrategy has no events; use @OnStreamEvent, or the hooks option of RedisStreamsModule.forRoot.',
    );
  }

  unwrap<T>(): T {
    throw new Error('RedisStreamsStrategy has no single client to unwrap; see the connection option for a factory.');
  }
}
