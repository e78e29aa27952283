import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { didYouMean } from '../checks/closest.js';
import { assertKnownKeys, fail, plainObject } from '../checks/option-checks.js';
import type { Option } from '../checks/option.js';
import type { ConnectionOptions } from '../options.js';
import { INSTEAD_OF_CONNECTION_OPTIONS } from './foreign-options.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Misspelt, these would lead to another server without a word. */
const LEADING_KEYS = ['host', 'port', 'username', 'password', 'nodes'];

const LOCAL = 'redis://127.0.0.1:6379';

/** Where Redis is: as given, else at the environment's `REDIS_URL`, else here. Refuses what ioredis would misread. */
export function connectionOption(env: Environment): Option<ConnectionOptions, ConnectionOptions> {
  return {
    byDefault: `\`REDIS_URL\` of the environment, else \`${LOCAL}\``,
    read: (given, where) => {
      const isFromEnv = given === undefined && Boolean(env.REDIS_URL);
      return checked(given ?? (env.REDIS_URL || LOCAL), isFromEnv ? 'The environment variable REDIS_URL' : where);
    },
  };
}

function checked(connection: ConnectionOptions, where: string): ConnectionOptions {
  if (typeof connection === 'function') return connection;
  if (typeof connection === 'string') {
    if (!/^rediss?:\/\/\S+$/.test(connection) || !URL.canParse(connection)) {
      // The value may hold a password, so that it is not quoted.
      throw new RedisStreamsConfigError(
        `${where} must be a URL such as redis://user:password@host:6379/0 (rediss:// for TLS), got a string that is none.`,
      );
    }
    return connection;
  }
  if (Array.isArray(connection)) {
    throw new RedisStreamsConfigError(
      'connection is a list: write { nodes: [{ host, port }] } for the nodes of a cluster.',
    );
  }
  const options = plainObject(connection, 'connection');
  assertNoClient(connection);
  assertConnectionKeys(options);
  if ('nodes' in options) {
    assertKnownKeys(options, ['nodes', 'options'], 'connection');
    if (!Array.isArray(options.nodes) || options.nodes.length === 0) {
      fail('connection.nodes', 'a list of at least one cluster node', options.nodes);
    }
  }
  assertNoKeyPrefix(options);
  assertNoKeyPrefix(plainObject(options.options, 'connection.options'));
  return connection;
}

/** A client would be taken for options without any, and lead to localhost. */
function assertNoClient(connection: object): void {
  if (connection instanceof URL) throw new RedisStreamsConfigError('connection is a URL object: write url.href.');
  if (typeof (connection as { xadd?: unknown }).xadd !== 'function') return;
  throw new RedisStreamsConfigError(
    'connection must say how to connect, and is a client: each role needs one of its own, with settings of its own. Write its ' +
      'options, as in connection: { host, port }, or a factory: connection: (role, options) => new Redis({ host, ...options }).',
  );
}

/** ioredis passes over what it does not know, and connects to localhost. Its own options are left to it. */
function assertConnectionKeys(options: object): void {
  for (const key of Object.keys(options)) {
    if (LEADING_KEYS.includes(key)) continue;
    const instead = Object.hasOwn(INSTEAD_OF_CONNECTION_OPTIONS, key) ? INSTEAD_OF_CONNECTION_OPTIONS[key] : undefined;
    const remedy = instead === undefined ? didYouMean(key, LEADING_KEYS) : ` Instead, ${instead}.`;
    if (remedy) throw new RedisStreamsConfigError(`ioredis has no option '${key}', found in connection.${remedy}`);
  }
}

/** @throws RedisStreamsConfigError: ioredis would prefix keys behind our back, but not those inside scripts' replies. */
export function assertNoKeyPrefix(options: { keyPrefix?: unknown }): void {
  if (!options.keyPrefix) return;
  throw new RedisStreamsConfigError(
    `The connection has ioredis's keyPrefix, which this library cannot honour. Take it out of the connection and use ` +
      `RedisStreamsModule.forRoot({ prefix: ... }) instead.`,
  );
}
