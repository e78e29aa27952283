import type { RedisStreamsOptions } from './options.js';

/** What a client with connections of its own has in common with the module: as in `RedisStreamsModule.forRoot`. */
export type ClientConnectionOptions = Pick<
  RedisStreamsOptions,
  'connection' | 'prefix' | 'streams' | 'codec' | 'addTimeoutMs' | 'maxPayloadBytes'
>;

export const CLIENT_OPTIONS: readonly (keyof ClientConnectionOptions)[] = [
  'connection',
  'prefix',
  'streams',
  'codec',
  'addTimeoutMs',
  'maxPayloadBytes',
];
