import type { ConnectionOptions } from '../../options/options.js';
import { UsageError } from '../exit-code.js';

/** What says where Redis is. */
export interface WhereRedisIs {
  readonly url?: string;
  readonly cluster?: boolean;
}

/**
 * Passwords come by the environment: arguments are seen by everyone who lists processes, and kept by shells.
 * @returns undefined: as the library does, at REDIS_URL, else at localhost
 * @throws UsageError for a URL with a password
 */
export function connectionFrom({ url, cluster }: WhereRedisIs, env = process.env): ConnectionOptions | undefined {
  if (url !== undefined && URL.canParse(url) && new URL(url).password !== '') {
    throw new UsageError(
      '--url has a password, which whoever lists the processes of this machine can read, and your shell has written down. Set REDIS_URL in the ' +
        'environment instead (for example: read -rs REDIS_URL; export REDIS_URL), and change the password if others may have seen it.',
    );
  }
  const given = url ?? (env.REDIS_URL || undefined);
  if (!cluster) return given;
  return clusterAt(given ?? 'redis://127.0.0.1:6379');
}

function clusterAt(url: string): ConnectionOptions {
  // The library says what is wrong with it.
  if (!URL.canParse(url)) return url;
  const { hostname, port, username, password, protocol } = new URL(url);
  const redisOptions = {
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
  return { nodes: [{ host: hostname, port: Number(port || 6379) }], options: { redisOptions } };
}
