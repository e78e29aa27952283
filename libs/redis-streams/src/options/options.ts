import type { Cluster, ClusterNode, ClusterOptions, Redis, RedisOptions } from 'ioredis';
import type { BackoffFunction, BackoffOptions } from '../model/policy/backoff.js';
import type { StreamCodec } from '../wire/codec.js';
import type { StreamHooks } from '../model/hooks.js';

/** What a connection is for. See docs/connections.md. */
export type ConnectionRole = 'append' | 'control' | 'doorbell' | 'query' | 'reader';

/**
 * Opens one connection. The given options are what the role needs to heal by itself (retries, timeouts, name): spread
 * them *after* your own. The library closes what this returns.
 */
export type ConnectionFactory = (role: ConnectionRole, options: RoleOptions) => Redis | Cluster;

/** ioredis options; the mapping of replies that is relied on has its own type, so that `new Redis({ host, ...options })` is typed alike. */
export type RoleOptions = Omit<RedisOptions, 'replyMapping'> & { replyMapping: 'legacy' };

export interface ClusterConnectionOptions {
  nodes: ClusterNode[];
  options?: ClusterOptions;
}

/** A redis:// or rediss:// URL, ioredis options, cluster nodes, or a factory. */
export type ConnectionOptions = string | RedisOptions | ClusterConnectionOptions | ConnectionFactory;

/** Options of `RedisStreamsModule.forRoot`. Wrong ones fail the start-up with an error that says what to do. */
export interface RedisStreamsOptions {
  /**
   * Where Redis is: a URL, ioredis options, `{ nodes, options }` of a cluster, or a factory; see docs/connections.md. ioredis's
   * `keyPrefix` is refused: use `prefix`. Default `REDIS_URL` of the environment, else `redis://127.0.0.1:6379`.
   */
  connection?: ConnectionOptions | undefined;
  /**
   * Put before every stream name in Redis, as in `staging:`; handlers and `add` name streams without it. Default none; a string
   * without braces, at most 256 characters.
   */
  prefix?: string;
  /** Start consuming when the application has bootstrapped; false leaves it to `connectMicroservice`. Default `true`. */
  autoStart?: boolean;
  /**
   * Whether this process handles entries. false makes it producer-only; `{ streams, groups }` limits it to handlers that
   * match both lists. `REDIS_STREAMS_CONSUME=false` in the environment wins over it. Default `true`.
   */
  consume?: boolean | ConsumeFilter;
  /**
   * The names of all streams that the application knows, for a warning at the first use of any other; `tenant:*` stands for all
   * that begin so. Without it, a name is warned of that is a letter or two off a handler's. `StreamPayloads` has the compiler
   * tell. Default none.
   */
  streams?: readonly string[];
  /**
   * How payloads become fields: `'fields'` (smallest), `'json'` (one field) or your own; see docs/headers.md. Both built-in ones
   * are always understood. Default `'fields'`.
   */
  codec?: 'fields' | 'json' | StreamCodec;
  /** Longest wait for the answer to an `add`, or to a question of `StreamMonitor`, in milliseconds. Default 5,000; 100 to 3,600,000. */
  addTimeoutMs?: number;
  /** How long the bootstrap of a consuming app waits for Redis before it fails, in milliseconds. Default 10,000; 100 to 3,600,000. */
  startupTimeoutMs?: number;
  /**
   * How long running handlers may go on at shutdown before they are aborted and their entries handed back, in
   * milliseconds. Keep it under the platform's kill time (Kubernetes: 30 s). Default 10,000; 0 to 86,400,000.
   */
  shutdownTimeoutMs?: number;
  /** Longest blocking read, in milliseconds: how soon an idle worker sees retries that others scheduled. Default 5,000; 100 to 60,000. */
  blockMs?: number;
  /**
   * How long a pending entry of a worker that is not this library's (plain XREADGROUP) may idle before it is taken over,
   * in milliseconds. Such workers renew nothing, so set it above their longest task. Default 300,000; 1,000 or more.
   */
  claimForeignAfterMs?: number;
  /** Largest entry that `add` accepts, names, values and headers together, in bytes of UTF-8. Default 1,048,576; 1 to 536,870,912. */
  maxPayloadBytes?: number;
  /**
   * How long a group must be seen silent before its unfinished entries are no longer kept from being trimmed, in
   * milliseconds: it has no consumers, or none of them was heard of for three of its leases (a worker on a long task is; one
   * that waits for tasks, for 65 s; one that is not this library's, for `claimForeignAfterMs`). Time counts while the history
   * is tended and Redis answers as usual. At least three times the `leaseMs` of every handler; the same in all services that
   * share a stream. Without it, a group is waited for until someone removes it (`StreamGroups.remove`). Default none; 1,000 or more.
   */
  abandonGroupAfterMs?: number;
  /** Defaults for every `@StreamHandler`, which may override each. Default none. */
  handlerDefaults?: StreamHandlerOptions;
  /**
   * Functions called with the outcomes of this process's tasks; a provider listens with `@OnStreamEvent` instead. See
   * docs/events.md. Default none.
   */
  hooks?: StreamHooks;
}

/** Which handlers run in this process. */
export interface ConsumeFilter {
  /** Only handlers of these streams. Default none. */
  streams?: readonly string[];
  /** Only handlers in these groups. Default none. */
  groups?: readonly string[];
}

/** Where a group that does not exist yet begins: at the stream's first entry, at new ones only, at an id or a time (inclusive). */
export type StartFrom = 'first' | 'new' | (string & {}) | Date;

/** What happens after a failed run. */
export interface RetryOptions {
  /** Runs that may be started on an entry, those that ended in a crash included, before it goes to the dead letter. Default 5; 1 or more. */
  maxDeliveries?: number;
  /** Wait between runs: exponential, or a function of the failed runs so far. */
  backoff?: BackoffOptions | BackoffFunction;
  /** Age of an entry beyond which a RetryLaterError dead-letters it, in milliseconds. Default none; 1 or more. */
  maxAgeMs?: number;
}

/** How long what nobody could handle is kept. */
export interface DeadLetterOptions {
  /** Approximate number of entries that `{stream}:dead` keeps; the oldest go first. Default none; 1 or more. */
  maxLen?: number;
}

/** Options of `@StreamHandler`. */
export interface StreamHandlerOptions {
  /** The consumer group; groups each receive every entry. Default `'workers'`; a string of 1 to 256 characters. */
  group?: string;
  /** Handlers that run at once in this process. Default 10; 1 to 10,000. */
  concurrency?: number;
  /**
   * Where a group that does not exist yet begins: `'first'` (nothing that was added before the first worker started is skipped),
   * `'new'`, an entry id or a `Date`. Default `'first'`.
   */
  startFrom?: StartFrom;
  /**
   * How long a silent worker keeps an entry, in milliseconds; renewed every third of it while the handler runs, however
   * long that is. Too low and a blocked event loop loses entries to others; too high and a crash is noticed late (a
   * dead worker's entries are taken over within 1.5 leases, each process running one at a time). Default 30,000; 200 or more.
   */
  leaseMs?: number;
  /**
   * Keeps leases from a thread with a connection of its own while a CPU-bound handler blocks the event loop: at most for
   * `timeoutMs`, or 20 leases without one. Costs a thread per process, not time. Default `false`.
   */
  leaseThread?: boolean;
  /** What happens after a failed run. */
  retry?: RetryOptions;
  /** When the run's AbortSignal fires, in milliseconds after its start; a GPU job may take hours. Default none; 1 or more. */
  timeoutMs?: number;
  /** How long an aborted run may take to end before it counts as failed, in milliseconds. Default 5,000; 0 or more. */
  abortGraceMs?: number;
  /** What is kept of entries that nobody could handle; false acks and logs them instead. Default kept in `{stream}:dead`, unbounded. */
  deadLetter?: false | DeadLetterOptions;
  /**
   * How much of what all groups have finished stays as the stream's history; false: all. Of several handlers of a stream the
   * smallest bound counts. Default about the last 10,000 entries.
   */
  retention?: false | RetentionOptions;
  /**
   * Keeps what the handler returns, as JSON, for `StreamTasks.result` and `get`, in the same step as the ack. A result that is no
   * JSON, or too large, is a dead letter. For who waits with `StreamTasks.run` it is kept in any case. See docs/results.md.
   * Default none.
   */
  result?: false | ResultOptions;
  /**
   * What is kept of what the handler yields while it runs, for `StreamTasks.watch`; false keeps nothing. It is for handlers that are
   * `async *` methods, or return an async iterable or an Observable: others have no output. See docs/streaming.md. Default kept of
   * `async *` methods, none of others.
   */
  output?: false | OutputOptions;
}

/** What is kept of what a handler returns. */
export interface ResultOptions {
  /** How long, in milliseconds from the task's end on. Default 3,600,000; 1,000 to 2,592,000,000. */
  ttlMs?: number;
  /** Largest result, in bytes of JSON. Default 262,144; 1 to 67,108,864. */
  maxBytes?: number;
}

/** The output of a task: the chunks that its handler yields. */
export interface OutputOptions {
  /** How long it is kept after the task's end, in milliseconds. Default 3,600,000; 1,000 to 2,592,000,000. */
  ttlMs?: number;
  /** Chunks of one run that are kept; watchers are told of the gap after them. Default 100,000; 1 to 10,000,000. */
  maxChunks?: number;
  /** The same in bytes of JSON; progress may take as many beside the chunks. Default 8,388,608; 1,024 to 536,870,912. */
  maxBytes?: number;
  /**
   * How long chunks are gathered before they are sent together, in milliseconds, while somebody watches (while nobody does: 250). Lower is
   * sooner for watchers, and more work for Redis. Default 30; 0 to 10,000.
   */
  flushMs?: number;
  /** A run's chunks are sent sooner once they are so many bytes of JSON. Default 4,096; 1 to 1,048,576. */
  flushBytes?: number;
}

/** Nothing unfinished is ever trimmed. Of several handlers of one stream the smallest bound counts. */
export interface RetentionOptions {
  /**
   * Finished entries to keep: at least so many, a tenth more, and what workers finish within a second or so. Default 10,000, or
   * none where `maxAgeMs` is given; 0 or more.
   */
  maxEntries?: number;
  /** Finished entries older than that go, in milliseconds. Default none; 1 or more. */
  maxAgeMs?: number;
}
