import { EventPattern } from '@nestjs/microservices';
import { RedisStreamsConfigError } from '../model/errors.js';
import type { StreamHandlerOptions } from '../model/options.js';
import type { PayloadOf, StreamName } from '../model/payloads.js';
import { REDIS_STREAMS } from './redis-streams.transport.js';
import type { StreamContext } from './stream-context.js';

/** What the decorator leaves on a method for the registration. */
export interface StreamHandlerDefinition {
  readonly stream: string;
  readonly options: StreamHandlerOptions;
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
 * pipes, interceptors, exception filters and request scope apply as for any Nest handler.
 *
 * At least once: a crash, a lost lease or a failover runs an entry again, so write results under `context.entryId`.
 *
 * @param stream the stream's name, without the module's `prefix`
 * @throws RedisStreamsConfigError at the application's bootstrap for a bad name or option, where the same stream and group
 *   has two handlers, and where the class is a provider instead of a controller
 * @example
 * @StreamHandler('ai:inference:queue', { concurrency: 5 })
 * async infer(@Payload() task: InferenceRequest, @Ctx() context: StreamContext) { ... }
 */
export function StreamHandler<S extends StreamName>(stream: S, options: StreamHandlerOptions = {}) {
  return <M extends HandlerMethod<S>>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const handlerName = `${target.constructor.name}.${String(key)}`;
    // Nest keeps one pattern per method: a second decorator would silently replace the first.
    if (decorated.has(descriptor.value!)) {
      throw new RedisStreamsConfigError(
        `${handlerName} has two @StreamHandler decorators; give each stream a method of its own.`,
      );
    }
    decorated.add(descriptor.value!);
    const definition: StreamHandlerDefinition = { stream, options, key, handlerName };
    definitionsByPrototype.set(target, [...handlersOf(target), definition]);
    EventPattern(stream, REDIS_STREAMS, { [STREAM_HANDLER]: definition })(
      target,
      key,
      descriptor as PropertyDescriptor,
    );
  };
}

/**
 * A method whose first parameter is the payload, one of its keys (`@Payload('prompt')`) or the context. Written as a
 * method, so that TypeScript lets a payload type be narrower than `unknown`, where the stream has none.
 */
type HandlerMethod<S extends string> = {
  // oxlint-disable-next-line typescript/no-explicit-any -- the other parameters are the user's
  handle(first: PayloadOf<S> | PayloadOf<S>[keyof PayloadOf<S>] | StreamContext, ...others: any[]): unknown;
}['handle'];
