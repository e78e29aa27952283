import { ClientProxy, type ReadPacket, type WritePacket } from '@nestjs/microservices';
import type { Observable } from 'rxjs';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { AnyStream, KnownStream, PayloadOf } from '../../model/payloads.js';
import type { AppendProbe } from '../../model/ports/append.js';
import { assertStreamName } from '../../wire/stream-name.js';
import type { ResolvedSendOptions } from './client-options.js';
import { Reply, type ReplyParts } from './reply.js';

/** What is needed of an ioredis client. */
interface Link {
  readonly status: string;
  on(event: string, listener: (...args: unknown[]) => void): unknown;
  off(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** What a client works with. */
export interface ClientParts extends ReplyParts {
  /** The connection for adds, and where it leads. */
  readonly link: Link;
  readonly leadsTo: string;
  readonly probe: AppendProbe;
  readonly connectTimeoutMs: number;
}

/** Of an event of ioredis. */
export type ClientListener = (...args: unknown[]) => void;

/** What `status` tells, by the event of ioredis. */
const STATUS_AFTER = { ready: 'connected', reconnecting: 'reconnecting', end: 'disconnected' } as const;

/** Nest's idea of a client, over streams: what `RedisStreamsClient` does whoever makes its parts. */
export abstract class StreamClientProxy extends ClientProxy<Record<string, ClientListener>> {
  private readonly replies = new Set<Reply>();
  private readonly listeners: [event: string, listener: ClientListener][] = [];
  private connecting: Promise<void> | undefined;
  /** While it is connected, or about to be. */
  private parts: ClientParts | undefined;

  /** @internal */
  protected constructor(private readonly sending: ResolvedSendOptions) {
    super();
    for (const [event, status] of Object.entries(STATUS_AFTER)) {
      this.listeners.push([event, () => this.statuses.next(status)]);
    }
  }

  /** Makes or finds the parts: at the first use, and at the first one after `close`. @internal */
  protected abstract open(): ClientParts;

  /** Closes what `open` has opened. @internal */
  protected abstract release(): void;

  /**
   * Adds a task and passes on its reply: each chunk that a streaming handler writes, then what the handler returned, where that is not
   * undefined; then it completes. Cold: each subscription adds a task of its own. See docs/request-reply.md.
   *
   * The Observable errors with a TaskRpcException when the task fails for good, or does not end in time; before the task is there with
   * what `StreamProducer.add` fails with, and Nest's InvalidMessageException for null or undefined.
   *
   * @example
   * const answer = await firstValueFrom(client.send<Answer>('ai:inference:queue', { prompt, model, user_id }));
   */
  override send<Result = unknown, S extends AnyStream = AnyStream>(
    stream: KnownStream<S>,
    payload: PayloadOf<S>,
  ): Observable<Result> {
    return super.send(stream, payload);
  }

  /**
   * Adds a task at once, subscribed to or not, and emits its id. Errors as `StreamProducer.add` does.
   *
   * @example
   * const id = await firstValueFrom(client.emit('ai:inference:queue', { prompt, model, user_id }));
   */
  override emit<Result = string, S extends AnyStream = AnyStream>(
    stream: KnownStream<S>,
    payload: PayloadOf<S>,
  ): Observable<Result> {
    return super.emit(stream, payload);
  }

  /**
   * Connects, which the first `send` or `emit` does as well.
   * @throws RedisUnavailableError when Redis does not answer within `addTimeoutMs`, or does not let us in; the next call tries again
   */
  connect(): Promise<void> {
    this.connecting ??= this.assertConnected().catch((error: unknown) => {
      this.connecting = undefined;
      throw error;
    });
    return this.connecting;
  }

  /**
   * Ends what is pending with an error, and closes the connections that this client has opened; their tasks go on. It may be used again
   * afterwards, unless the application is closed.
   */
  close(): void {
    this.endReplies();
    const { parts } = this;
    if (!parts) return;
    for (const [event, listener] of this.listeners) parts.link.off(event, listener);
    this.parts = undefined;
    this.connecting = undefined;
    this.statuses.next('disconnected');
    this.release();
  }

  /** @internal */
  protected endReplies(): void {
    for (const reply of [...this.replies]) {
      try {
        reply.close();
      } catch (error) {
        // Whoever subscribed failed: that is no matter of the others.
        this.parts?.log.warn(`A subscriber of RedisStreamsClient.send failed: ${String(error)}`);
      }
    }
  }

  /** Listens to an event of ioredis, on the connection for adds. */
  override on(event: string, callback: ClientListener): void {
    this.listeners.push([event, callback]);
    this.parts?.link.on(event, callback);
  }

  /** The ioredis client of the connection for adds: a Redis, or a Cluster. */
  unwrap<T>(): T {
    return this.opened().link as T;
  }

  /** Nest's base class calls it. */
  protected publish({ pattern, data }: ReadPacket, callback: (packet: WritePacket) => void): () => void {
    try {
      assertStreamName(pattern, 'send: ');
      const request = { stream: pattern, payload: data as unknown, ...this.sending };
      const reply = new Reply(request, this.opened(), callback, (over) => this.replies.delete(over));
      this.replies.add(reply);
      void reply.begin();
      return () => reply.leave();
    } catch (err) {
      callback({ err });
      return () => undefined;
    }
  }

  /** Nest's base class calls it. */
  protected async dispatchEvent<T>({ pattern, data }: ReadPacket): Promise<T> {
    assertStreamName(pattern, 'emit: ');
    return (await this.opened().producer.add(pattern, data)) as T;
  }

  private get statuses() {
    const { _status$: statuses } = this;
    return statuses;
  }

  private async assertConnected(): Promise<void> {
    const { probe, connectTimeoutMs, leadsTo } = this.opened();
    const obstacle = await probe.obstacle(connectTimeoutMs);
    if (obstacle !== undefined) {
      throw new RedisUnavailableError(`RedisStreamsClient cannot connect to Redis at ${leadsTo}: ${obstacle}`);
    }
  }

  /** @internal */
  protected opened(): ClientParts {
    return (this.parts ??= this.listenTo(this.open()));
  }

  private listenTo(parts: ClientParts): ClientParts {
    for (const [event, listener] of this.listeners) parts.link.on(event, listener);
    if (parts.link.status === 'ready') this.statuses.next('connected');
    return parts;
  }
}
