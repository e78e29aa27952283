import type { DynamicModule, Inject, Type } from '@nestjs/common';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { assertKnownKeys, fail, plainObject } from '../options/checks/option-checks.js';
import type { RedisStreamsOptions } from '../options/options.js';

/** Makes the options where a class is wanted for it. */
export interface RedisStreamsOptionsFactory {
  createRedisStreamsOptions(): Promise<RedisStreamsOptions> | RedisStreamsOptions;
}

/** One of `useFactory`, `useClass` and `useExisting`, with the modules that provide what they need. */
export type RedisStreamsAsyncOptions = { imports?: DynamicModule['imports'] } & (
  | {
      // oxlint-disable-next-line typescript/no-explicit-any -- what `inject` names, as everywhere in Nest
      useFactory: (...args: any[]) => Promise<RedisStreamsOptions> | RedisStreamsOptions;
      inject?: (Type | string | symbol | Parameters<typeof Inject>[0])[];
      useClass?: never;
      useExisting?: never;
    }
  | { useClass: Type<RedisStreamsOptionsFactory>; useFactory?: never; useExisting?: never; inject?: never }
  | { useExisting: Type<RedisStreamsOptionsFactory>; useFactory?: never; useClass?: never; inject?: never }
);

const ASYNC_KEYS = ['imports', 'inject', 'useFactory', 'useClass', 'useExisting'] as const;
const MAKERS = ['useFactory', 'useClass', 'useExisting'] as const;

/** @throws RedisStreamsConfigError where nothing, or more than one, makes the options */
export function assertOneMaker(options: RedisStreamsAsyncOptions): void {
  const given = plainObject(options, 'The options of forRootAsync');
  assertKnownKeys(given, ASYNC_KEYS, 'forRootAsync');
  const makers = MAKERS.filter((key) => given[key] !== undefined);
  if (makers.length !== 1) {
    const got = makers.length === 0 ? 'got none of them' : `got ${makers.join(' and ')}`;
    throw new RedisStreamsConfigError(`forRootAsync takes one of useFactory, useClass and useExisting, ${got}.`);
  }
  if (typeof given[makers[0]!] !== 'function')
    fail(`forRootAsync: ${makers[0]}`, 'a function or class', given[makers[0]!]);
  if (given.inject !== undefined && !given.useFactory) {
    throw new RedisStreamsConfigError(
      `forRootAsync: inject is for useFactory; a class that ${makers[0]} names takes its dependencies in its constructor.`,
    );
  }
}

/** A factory that forgot its return would start with the defaults, on localhost. */
export function madeBy<Arguments extends unknown[], Options extends object>(
  make: (...args: Arguments) => Promise<Options> | Options,
): (...args: Arguments) => Promise<Options> {
  return async (...args) => {
    const made = (await make(...args)) as Options | undefined;
    return (
      made ?? fail('What the factory of forRootAsync returns', 'an object with options ({} for the defaults)', made)
    );
  };
}
