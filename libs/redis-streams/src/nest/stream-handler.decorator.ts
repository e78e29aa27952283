import { EventPattern } from '@nestjs/microservices';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { StreamHandlerOptions } from '../options/options.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import { REDIS_STREAMS } from './redis-streams.transport.js';
import type { StreamContext } from './stream-context.js';

/** What the decorator leaves on a method for the registration. */
export interface StreamHandlerDefinition {
  /** Which one, for messages. */
  readonly decorator: '@StreamHandler' | '@MessagePattern' | '@EventPattern';
  readonly stream: string;
  readonly options: StreamHandlerOptions;
  /** It is an `async *` method. */
  readonly isGenerator: boolean;
  /** The method's name. */
  readonly key: string | symbol;
  /** Class and method, for messages. */
  readonly handlerName: string;
}

/** The key of the definition among the pattern's extras. */
export const STREAM_HANDLER = 'redisStreamsHandler';

const decorated = new WeakSet<object>();
const definitionsByPrototype = new WeakMap<object, StreamHandlerDefinition[]>();

/** The definitions on a class' own methods. */
export function handlersOf(prototype: object): readonly StreamHandlerDefinition[] {
  return definitionsByPrototype.get(prototype) ?? [];
}

/**
 * Handles a stream's entries with this controller method: resolve acks, throw retries (see docs/delivery.md). Guards,
 * pipes, interceptors, exception filters and request scope apply as for any Nest handler. An `async *` method streams: what it
 * yields is the task's output, what it returns its result (see docs/streaming.md).
 *
 * At least once: a crash, a lost lease or a failover runs an entry again, so write results under `context.entryId`.
 *
 * Where `StreamPayloads` declares the stream, the first parameter must accept its payload, or one of its keys' values (for
 * `@Payload('key')`), or the `StreamContext`. Where a pipe makes another type of it, `@StreamHandler<string>(…)` takes any.
 *
 * @param stream the stream's name, without the module's `prefix`
 * @throws RedisStreamsConfigError at once on what is no method of the class's instances; at the application's bootstrap for a
 *   bad name or option, where the same stream and group has two handlers, and where the class is a provider instead of a
 *   controller
 * @example
 * @StreamHandler('ai:inference:queue', { concurrency: 5 })
 * async infer(@Payload() task: InferenceRequest, @Ctx() context: StreamContext) { ... }
 */
export function StreamHandler<S extends AnyStream>(stream: KnownStream<S>, options: StreamHandlerOptions = {}) {
  return <M extends AnyMethod>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & Holds<HandlerFor<PayloadOf<S>, M>>,
  ): void => {
    const handlerName = `${classOf(target).name}.${String(key)}`;
    assertMethod(target, descriptor as PropertyDescriptor | undefined, `@StreamHandler('${stream}') on ${handlerName}`);
    // Nest keeps one pattern per method: a second decorator would silently replace the first.
    if (decorated.has(descriptor.value!)) {
      throw new RedisStreamsConfigError(
        `${handlerName} has two @StreamHandler decorators; give each stream a method of its own.`,
      );
    }
    decorated.add(descriptor.value!);
    const isGenerator = isAsyncGenerator(descriptor.value);
    const decorator = '@StreamHandler';
    const definition: StreamHandlerDefinition = { decorator, stream, options, isGenerator, key, handlerName };
    definitionsByPrototype.set(target, [...handlersOf(target), definition]);
    EventPattern(stream, REDIS_STREAMS, { [STREAM_HANDLER]: definition })(
      target,
      key,
      descriptor as PropertyDescriptor,
    );
  };
}

export function isAsyncGenerator(method: unknown): boolean {
  return Object.prototype.toString.call(method) === '[object AsyncGeneratorFunction]';
}

function classOf(target: object): { readonly name: string } {
  return typeof target === 'function' ? target : target.constructor;
}

/** Nest calls methods of a controller's instances, and passes over all else without a word. */
function assertMethod(target: object, descriptor: PropertyDescriptor | undefined, where: string): void {
  const isStatic = typeof target === 'function';
  if (!isStatic && typeof descriptor?.value === 'function') return;
  const what = isStatic ? 'a static member' : 'a property or accessor (an arrow function is a property)';
  throw new RedisStreamsConfigError(
    `${where} would never run: it is ${what}, and Nest calls methods of a controller's instances only. Write it as a method: ` +
      'async handle(@Payload() payload) { ... }',
  );
}

// oxlint-disable typescript/no-explicit-any -- parameters other than the first are the user's

type AnyMethod = (...args: any[]) => unknown;

/** A method that takes the payload, or less of it, first. */
type PayloadHandler<P> = (payload: P, ...others: any[]) => unknown;

/** One that takes the value of a key, as with `@Payload('prompt')`: the compiler does not see parameter decorators. */
type KeyHandler<P> = [P] extends [readonly unknown[]]
  ? never
  : [P] extends [object]
    ? { [K in keyof P]-?: PayloadHandler<P[K]> }[keyof P]
    : never;

/** What M must be: itself where it fits, else a PayloadHandler, so that the compiler's message says what does not fit there. */
type HandlerFor<P, M> = unknown extends P
  ? M
  : M extends KeyHandler<P> | PayloadHandler<StreamContext>
    ? M
    : PayloadHandler<P>;

interface Holds<M> {
  value?: M;
}
