import type { NestContainer } from '@nestjs/core';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { patternMethodsOf } from './pattern-handlers.js';
import { handlersOf, type StreamHandlerDefinition } from '../stream-handler.decorator.js';

/**
 * Nest looks for handlers in controllers only: one in a provider would never run, and its tasks would wait for ever.
 * @throws RedisStreamsConfigError for the first provider with a handler that is no controller's, too
 */
export function assertNoStrayHandlers(
  container: NestContainer,
  isRegistered: (definition: StreamHandlerDefinition) => boolean,
): void {
  for (const { name: moduleName, providers } of container.getModules().values()) {
    for (const { metatype } of providers.values()) {
      const stray = definitionsIn(metatype).find((definition) => !isRegistered(definition));
      if (!stray) continue;
      throw new RedisStreamsConfigError(
        `${stray.decorator}('${stray.stream}') on ${stray.handlerName} would never run: it is in a provider of ${moduleName}, and Nest ` +
          'finds handlers in controllers only. Decorate the class with @Controller() and move it from `providers` to `controllers`.',
      );
    }
  }
}

/** Whether a controller has a handler; without registering any. */
export function hasHandlers(container: NestContainer): boolean {
  return [...container.getModules().values()].some(({ controllers }) =>
    [...controllers.values()].some(({ metatype }) => definitionsIn(metatype).length > 0),
  );
}

function definitionsIn(metatype: unknown): StreamHandlerDefinition[] {
  if (typeof metatype !== 'function') return [];
  const definitions = patternMethodsOf(metatype).flatMap(([, handlers]) => handlers);
  // A method that a class overrides is not that of its base class any more.
  const overridden = new Set<string | symbol>();
  let prototype = metatype.prototype as object | null | undefined;
  while (prototype) {
    definitions.push(...handlersOf(prototype).filter(({ key }) => !overridden.has(key)));
    for (const key of Reflect.ownKeys(prototype)) overridden.add(key);
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  return definitions;
}
