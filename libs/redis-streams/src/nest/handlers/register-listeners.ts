import { MetadataScanner, type NestContainer } from '@nestjs/core';
import type { EventListeners } from '../../engine/observers/event-listeners.js';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { eventsOf } from '../on-stream-event.decorator.js';

type Method = (event: unknown) => unknown;

/**
 * Finds the app's `@OnStreamEvent` methods, in providers and controllers alike.
 * @throws RedisStreamsConfigError for one in a class that has no single instance
 */
export function registerListeners(container: NestContainer, listeners: EventListeners): void {
  const scanner = new MetadataScanner();
  for (const { providers, controllers } of container.getModules().values()) {
    for (const wrapper of [...providers.values(), ...controllers.values()]) {
      const instance = wrapper.instance as Record<string, Method> | null | undefined;
      if (typeof instance !== 'object' || instance === null || wrapper.isAlias) continue;
      const prototype = Object.getPrototypeOf(instance) as Record<string, Method> | null;
      for (const key of scanner.getAllMethodNames(prototype)) {
        const events = eventsOf(prototype![key]!);
        if (events.length === 0) continue;
        const name = `${prototype!.constructor.name}.${key}`;
        if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) throw scoped(name);
        for (const event of events) {
          listeners.add(event, { name: `listener ${name}`, call: (value) => instance[key]!(value) });
        }
      }
    }
  }
}

function scoped(name: string): RedisStreamsConfigError {
  return new RedisStreamsConfigError(
    `@OnStreamEvent on ${name} would never be called: its class, or something that it injects, is request-scoped or transient, and ` +
      'an event belongs to no request. Move the method to a provider of the default scope.',
  );
}
