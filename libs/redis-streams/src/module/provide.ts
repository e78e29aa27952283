import type { FactoryProvider, Provider } from '@nestjs/common';

declare const VALUE: unique symbol;

/** Names what is no class, or more than one of a class. */
export type Token<T> = symbol & { readonly [VALUE]: T };

export function token<T>(name: string): Token<T> {
  return Symbol(`nestjs-redis-streams: ${name}`) as Token<T>;
}

type Class<T> = abstract new (...args: never) => T;
type Named = Token<unknown> | Class<unknown>;
type ValueOf<N extends Named> = N extends Token<infer T> ? T : N extends Class<infer T> ? T : never;
type ValuesOf<Needs extends readonly Named[]> = { [I in keyof Needs]: ValueOf<Needs[I]> };

/** A provider that is made of others; the compiler sees that they fit. */
export function provide<T, const Needs extends readonly Named[]>(
  name: Token<T> | Class<T>,
  needs: Needs,
  make: (...parts: ValuesOf<Needs>) => T,
): FactoryProvider {
  return { provide: name, inject: [...needs] as FactoryProvider['inject'], useFactory: make };
}

/**
 * What Nest does with such providers, for a part that is needed without Nest.
 * @param given a token and its value, which none of them provides
 * @returns makes the part of that name, and what it needs, each once
 */
export function assemble<Given>(providers: readonly Provider[], given: readonly [Token<Given>, Given]) {
  const made = new Map<unknown, unknown>([given]);
  const make = (name: unknown): unknown => {
    if (!made.has(name)) {
      const { inject = [], useFactory } = providers.find(
        (provider) => (provider as FactoryProvider).provide === name,
      ) as FactoryProvider;
      made.set(name, useFactory(...inject.map(make)));
    }
    return made.get(name);
  };
  return <T>(name: Token<T> | Class<T>) => make(name) as T;
}
