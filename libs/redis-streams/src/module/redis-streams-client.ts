import { checkedClientOptions, type SendOptions } from '../nest/client/client-options.js';
import { type ClientParts, StreamClientProxy } from '../nest/client/stream-client-proxy.js';
import { fail } from '../options/checks/option-checks.js';
import type { ClientConnectionOptions } from '../options/client-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { Connections } from '../redis/connections/connections.js';
import { Ticker } from '../schedules/ticking/ticker.js';
import { StreamTasks } from '../tasks/stream-tasks.js';
import { GIVEN_OPTIONS } from '../wiring/parts.js';
import { assemble } from '../wiring/provide.js';
import { CLIENT_PARTS, PROVIDERS } from './providers.js';

/** Options of a `RedisStreamsClient`; those of the connection are as in `RedisStreamsModule.forRoot`, with the same defaults. */
export interface RedisStreamsClientOptions extends SendOptions, ClientConnectionOptions {
  /** A client whose connections this one uses, such as the one that RedisStreamsModule provides. Default none: it opens its own. */
  via?: RedisStreamsClient;
}

/** An option of the library's own. No user can write a symbol by mistake. */
const PARTS = Symbol('parts');

/**
 * Request and reply in Nest's own way: a `ClientProxy` whose `send` adds a task and emits what its handler returns, and whose `emit` adds
 * one. RedisStreamsModule provides one, with the default options: inject it. One made by ClientsModule needs no RedisStreamsModule.
 *
 * It opens its connections at its first use, and closes them when the application shuts down, or by `close`.
 *
 * @example
 * ClientsModule.register([{ name: 'AI', customClass: RedisStreamsClient, options: { timeoutMs: 60_000 } }])
 */
export class RedisStreamsClient extends StreamClientProxy {
  private readonly given: ClientConnectionOptions;
  private readonly via: RedisStreamsClient | undefined;
  private readonly shared: ClientParts | undefined;
  private closeOwn: (() => void) | undefined;

  /** @throws RedisStreamsConfigError for a wrong option */
  constructor(options: RedisStreamsClientOptions = {}) {
    const { send, connection } = checkedClientOptions(options);
    super(send);
    const { via } = options;
    if (via !== undefined && !(via instanceof RedisStreamsClient)) fail('via', 'a RedisStreamsClient', via);
    resolveOptions(connection);
    this.given = connection;
    this.via = via;
    this.shared = (options as { readonly [PARTS]?: ClientParts })[PARTS];
  }

  /** @internal The module calls it. */
  static over(parts: ClientParts): RedisStreamsClient {
    return new RedisStreamsClient({ [PARTS]: parts } as RedisStreamsClientOptions);
  }

  /**
   * Replies that are still waited for would hold up the HTTP server's close. Those over the module's connections end when the module has
   * drained its handlers, which may wait for some. @internal Nest calls it.
   */
  onModuleDestroy(): void {
    if (this.closeOwn) this.endReplies();
  }

  /** @internal */
  protected open(): ClientParts {
    if (this.via) return this.via.opened();
    if (this.shared) return this.shared;
    const part = assemble(PROVIDERS, [GIVEN_OPTIONS, this.given]);
    this.closeOwn = () => {
      part(StreamTasks).close();
      void part(Ticker).stop();
      part(Connections).close();
    };
    return part(CLIENT_PARTS);
  }

  /** @internal */
  protected release(): void {
    this.closeOwn?.();
    this.closeOwn = undefined;
  }
}
