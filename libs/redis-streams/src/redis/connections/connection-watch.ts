import type { Redis } from 'ioredis';
import {
  type ConnectionAttempt,
  explainConnectionError,
  isDatabaseRefused,
  stillUnanswered,
} from './connection-errors.js';
import type { RedisClient } from './redis-client.js';

/** A cluster is ready while some of its nodes are not: what was told of one counts for so long. */
const NODE_ERROR_COUNTS_FOR_MS = 10_000;

export interface ConnectionReport {
  /** A connection broke with an error, or could not be made. */
  troubled(error: Error): void;
  /** It can be used. */
  ready(): void;
}

/**
 * Knows why a client cannot be used at present: ioredis tries on without a word to the caller, and tells by events, some of
 * them under names of their own, or not at all. Also keeps a client from being used in another database than asked for.
 */
export class ConnectionWatch {
  private error: Error | undefined;
  private notedAt = 0;
  private sentinelError: Error | undefined;
  /** The connection is made; the server has yet to let us in. */
  private isGreeting = false;
  /** We break it off ourselves: what is told until it is closed only follows from that. */
  private isLeaving = false;

  constructor(
    private readonly client: RedisClient,
    private readonly hasWorked: () => boolean,
    private readonly report?: ConnectionReport,
  ) {
    // Without a listener ioredis prints every failed attempt.
    client.on('error', (error: Error) => this.note(this.withReason(error)));
    client.on('node error', (error: Error) => this.note(error));
    client.on('sentinelError', (error: Error) => (this.sentinelError = error));
    client.on('connect', () => (this.isGreeting = true));
    client.on('close', () => this.noteSilentEnd());
    client.on('ready', () => this.becameReady());
  }

  /** undefined while nothing is known to be wrong. */
  get trouble(): Error | undefined {
    const { client, error } = this;
    if (error === undefined) return whatItWaitsFor(client);
    const isOld = client.status === 'ready' && performance.now() - this.notedAt > NODE_ERROR_COUNTS_FOR_MS;
    return isOld ? undefined : error;
  }

  /** The client is about to be closed for good. */
  close(): void {
    this.isLeaving = true;
  }

  private note(error: Error): void {
    if (this.isLeaving) return;
    this.notedAt = performance.now();
    this.error = explainConnectionError(error, this.attempt);
    this.report?.troubled(this.error);
    if (!isDatabaseRefused(error)) return;
    // ioredis would go on in database 0. In a cluster every node refuses it, for ever.
    this.isLeaving = true;
    this.client.disconnect(!('nodes' in this.client));
  }

  private get attempt(): ConnectionAttempt {
    const hasWorked = this.hasWorked();
    if ('nodes' in this.client) return { isTls: false, isUnanswered: false, hasWorked };
    const { options, stream } = this.client as Pick<Redis, 'options'> & { stream?: Redis['stream'] };
    return { isTls: Boolean(options.tls), isUnanswered: this.isGreeting && stream?.bytesRead === 0, hasWorked };
  }

  /** Some errors leave out what they know. */
  private withReason(error: Error): Error {
    const { lastNodeError } = error as { lastNodeError?: Error };
    if (lastNodeError) return lastNodeError;
    if (!this.sentinelError || !error.message.startsWith('All sentinels')) return error;
    return new Error(`${error.message} ${this.sentinelError.message}`, { cause: error });
  }

  /** A server may hang up without an error. From a connection that was in use that is no trouble before the next fails. */
  private noteSilentEnd(): void {
    if (this.isGreeting && this.error === undefined)
      this.note(new Error('the connection was closed before it was ready'));
    this.isGreeting = false;
    this.isLeaving = false;
  }

  private becameReady(): void {
    this.isGreeting = false;
    this.error = undefined;
    this.report?.ready();
  }
}

function whatItWaitsFor(client: RedisClient): Error | undefined {
  if ('nodes' in client) return undefined;
  if (client.status === 'connect') return stillUnanswered(false);
  const { stream } = client as { stream?: Redis['stream'] };
  const isTlsHandshake =
    client.status === 'connecting' && Boolean(client.options.tls) && stream?.connecting === false && !stream.destroyed;
  return isTlsHandshake ? stillUnanswered(true) : undefined;
}
