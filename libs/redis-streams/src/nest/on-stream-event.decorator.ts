import 'reflect-metadata';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { STREAM_EVENT_NAMES, type StreamEvent, type StreamEventName } from '../model/hooks.js';

const EVENTS = 'nestjs-redis-streams:events';

/** The events that a method listens to. */
export function eventsOf(method: object): readonly StreamEventName[] {
  return (Reflect.getMetadata(EVENTS, method) as readonly StreamEventName[] | undefined) ?? [];
}

/**
 * Calls this method of a provider or controller when a task of this process ends so; see `StreamHooks` for the events, and
 * docs/events.md. Being an ordinary provider, it may inject anything, `StreamProducer` and `StreamMonitor` included. It is
 * found when the application bootstraps; its class must not be request-scoped or transient, as no request belongs to an event.
 *
 * @throws RedisStreamsConfigError for an event that does not exist, and at the bootstrap for a class of another scope
 * @example
 * @OnStreamEvent('deadLettered')
 * async tellOperators({ stream, entryId, errorText }: DeadLetteredEvent) {
 *   await this.producer.add('alerts', { text: `${stream} gave up ${entryId}: ${errorText}` });
 * }
 */
export function OnStreamEvent<E extends StreamEventName>(event: E) {
  if (!STREAM_EVENT_NAMES.includes(event)) {
    throw new RedisStreamsConfigError(
      `@OnStreamEvent knows ${STREAM_EVENT_NAMES.join(', ')}, got ${JSON.stringify(event)}.`,
    );
  }
  return <M extends (event: StreamEvent<E>) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void => {
    const method = descriptor?.value;
    if (typeof target === 'function' || typeof key === 'symbol' || typeof method !== 'function') {
      throw new RedisStreamsConfigError(
        `@OnStreamEvent('${event}') on ${String(key)}: expected an ordinary method of a class, not a static one, a property or a symbol.`,
      );
    }
    Reflect.defineMetadata(EVENTS, [...eventsOf(method), event], method);
  };
}
