import type { ConnectionOptions, ConnectionRole, RoleOptions } from '../../options/options.js';

/** What would change the replies' shapes, or answer a blocking read before its time. */
const NEUTRAL: RoleOptions = {
  commandTimeout: undefined,
  blockingTimeout: undefined,
  replyMapping: 'legacy',
  stringNumbers: false,
  readOnly: false,
  monitor: false,
};
/** Settlements and questions may be repeated without harm, and are until they are answered. */
const REPEATED_UNTIL_ANSWERED: Partial<RoleOptions> = {
  maxRetriesPerRequest: null,
  autoResendUnfulfilledCommands: true,
  enableOfflineQueue: true,
  enableAutoPipelining: false,
};
/** Who uses it opens another one instead. */
const NEVER_RECONNECTED: Partial<RoleOptions> = {
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  retryStrategy: () => null,
};

/** After so much silence, in milliseconds, an add that bears to be repeated is: early enough to be answered in its time. */
export function repeatAfterMs(addTimeoutMs: number): number {
  return Math.min(SOCKET_TIMEOUT_MS, Math.ceil(addTimeoutMs / 2));
}

const CONNECT_TIMEOUT_MS = 5_000;
const SOCKET_TIMEOUT_MS = 5_000;
const LEAST_QUERY_SOCKET_TIMEOUT_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;
/** How often a connection is opened anew because its server has become a replica. */
export const READ_ONLY_RECONNECT_MS = 5_000;

/**
 * What each role needs from ioredis, whatever the user's own options say. Why, role by role: docs/connections.md.
 */
export function optionsForRole(role: ConnectionRole, connectionName: string, addTimeoutMs = 0): RoleOptions {
  const common: RoleOptions = {
    ...NEUTRAL,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    connectionName,
    keyPrefix: '',
    disableClientInfo: true,
  };
  switch (role) {
    case 'append':
      return {
        ...common,
        // A repeated XADD is a second entry: whatever was in flight when a connection broke is rejected, never resent.
        maxRetriesPerRequest: 0,
        autoResendUnfulfilledCommands: false,
        enableOfflineQueue: false,
        enableAutoPipelining: false,
        // An add waits for its answer as long as it may.
        socketTimeout: Math.max(SOCKET_TIMEOUT_MS, addTimeoutMs + 1_000),
        retryStrategy: reconnectDelay,
        reconnectOnError: reconnectWhenReadOnly(),
      };
    case 'control':
      return {
        ...common,
        ...REPEATED_UNTIL_ANSWERED,
        socketTimeout: SOCKET_TIMEOUT_MS,
        retryStrategy: reconnectDelay,
        reconnectOnError: reconnectWhenReadOnly(),
      };
    case 'query':
      return {
        ...common,
        ...REPEATED_UNTIL_ANSWERED,
        // A silent connection is left early enough to ask again over the next one within a question's time.
        socketTimeout: Math.min(SOCKET_TIMEOUT_MS, Math.max(LEAST_QUERY_SOCKET_TIMEOUT_MS, addTimeoutMs / 2)),
        retryStrategy: reconnectDelay,
      };
    case 'reader':
      // The read loop reconnects by itself: it must know of each new connection, and end the old one on the server.
      return { ...common, ...NEVER_RECONNECTED };
    case 'doorbell':
      // So does the doorbell: it tells those who listen that it hears again.
      return { ...common, ...NEVER_RECONNECTED, autoResubscribe: false };
  }
}

/** Where a connection leads, without its password. */
export function describeConnection(connection: ConnectionOptions): string {
  if (typeof connection === 'function') return 'the connection factory';
  if (typeof connection === 'string') return new URL(connection).host;
  if ('nodes' in connection) return `the cluster of ${connection.nodes.length} configured nodes`;
  const { sentinels, name, path, host = 'localhost', port = 6379 } = connection;
  return sentinels ? `the Sentinel group '${name}'` : (path ?? `${host}:${port}`);
}

/** Short at first, as most breaks are; jitter, so that a fleet does not return at once. */
function reconnectDelay(attempt: number): number {
  return Math.min(LONGEST_RECONNECT_MS, 25 * 2 ** Math.min(attempt, 10)) * (0.5 + Math.random() / 2);
}

/**
 * After a failover the server behind a connection may have become a replica: another connection may lead to the new
 * primary. Not at every error, as every command fails until then.
 */
function reconnectWhenReadOnly(): (error: Error) => boolean {
  let lastAt = -Infinity;
  return ({ message }) => {
    if (!message.includes('READONLY') || performance.now() - lastAt < READ_ONLY_RECONNECT_MS) return false;
    lastAt = performance.now();
    return true;
  };
}
