import type { Log } from '../model/log.js';
import type { RedisStreamsOptions } from '../options/options.js';
import type { ResolvedRedisStreamsOptions } from '../options/resolve-options.js';
import { token } from './provide.js';

/** What the user wrote. */
export const GIVEN_OPTIONS = token<RedisStreamsOptions | undefined>('given options');
export const OPTIONS = token<ResolvedRedisStreamsOptions>('options');
export const PROCESS_NAME = token<string>('process name');
export const LOG = token<Log>('log');
