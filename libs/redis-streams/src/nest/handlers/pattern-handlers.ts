import { MetadataScanner, type NestContainer } from '@nestjs/core';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { StreamHandlerOptions } from '../../options/options.js';
import { REDIS_STREAMS } from '../redis-streams.transport.js';
import { isAsyncGenerator, STREAM_HANDLER, type StreamHandlerDefinition } from '../stream-handler.decorator.js';

/** Where Nest's pattern decorators leave what they are told: it has no public names for that. */
const PATTERNS = 'microservices:pattern';
const TRANSPORT = 'microservices:transport';
const EXTRAS = 'microservices:pattern_extras';
const TYPE = 'microservices:handler_type';
const EVENT_TYPE = 2;

/** Definitions by the extras of their method, one for each of its patterns: Nest tells a server the extras, but not the method or its transport. */
export type PatternHandlers = ReadonlyMap<object, readonly StreamHandlerDefinition[]>;

const scanner = new MetadataScanner();
const definitionsByMethod = new WeakMap<object, readonly StreamHandlerDefinition[]>();

/** All controllers' `@MessagePattern` and `@EventPattern` methods that name our transport. */
export function patternHandlers(container: NestContainer): PatternHandlers {
  const found = new Map<object, readonly StreamHandlerDefinition[]>();
  for (const { controllers } of container.getModules().values()) {
    for (const { metatype } of controllers.values()) {
      for (const [method, definitions] of patternMethodsOf(metatype)) found.set(read(EXTRAS, method)!, definitions);
    }
  }
  return found;
}

/** Those of one class. @throws RedisStreamsConfigError for a method that is a `@StreamHandler` as well */
export function patternMethodsOf(
  metatype: unknown,
): [method: object, definitions: readonly StreamHandlerDefinition[]][] {
  if (typeof metatype !== 'function' || typeof metatype.prototype !== 'object') return [];
  const prototype = metatype.prototype as Record<string, object> | null;
  return scanner
    .getAllMethodNames(prototype)
    .map((key) => [key, prototype![key]!] as const)
    .filter(([, method]) => isOurs(method))
    .map(([key, method]) => [method, definitionsOf(method, metatype.name, key)]);
}

function isOurs(method: object): boolean {
  const definition = read<Record<string, StreamHandlerDefinition>>(EXTRAS, method)?.[STREAM_HANDLER];
  if (!definition) return read(TRANSPORT, method) === REDIS_STREAMS;
  const patterns = read<unknown[]>(PATTERNS, method)!;
  if (patterns.length === 1 && patterns[0] === definition.stream && read(TRANSPORT, method) === REDIS_STREAMS)
    return false;
  throw new RedisStreamsConfigError(
    `${definition.handlerName} has a @StreamHandler and another pattern decorator, and Nest keeps one pattern per method: give each a method of its own.`,
  );
}

function definitionsOf(method: object, className: string, key: string): readonly StreamHandlerDefinition[] {
  let definitions = definitionsByMethod.get(method);
  if (!definitions) {
    const decorator = read(TYPE, method) === EVENT_TYPE ? '@EventPattern' : '@MessagePattern';
    const options = read<StreamHandlerOptions>(EXTRAS, method)!;
    const handler = { decorator, options, isGenerator: isAsyncGenerator(method), key } as const;
    definitions = read<string[]>(PATTERNS, method)!.map((stream) => ({
      ...handler,
      stream,
      handlerName: `${className}.${key}`,
    }));
    definitionsByMethod.set(method, definitions);
  }
  return definitions;
}

function read<T = unknown>(key: string, method: object): T | undefined {
  return Reflect.getMetadata(key, method) as T | undefined;
}
