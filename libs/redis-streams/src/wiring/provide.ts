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

/** How a part of a process is made of others: as one of Nest's factory providers, so that Nest can do it, too. */
export interface Part {
  readonly provide: Named;
  readonly inject: Named[];
  // oxlint-disable-next-line typescript/no-explicit-any -- as in Nest's; `provide` sees that they fit
  readonly useFactory: (...parts: any[]) => unknown;
}

/** A part that is made of others; the compiler sees that they fit. */
export function provide<T, const Needs extends readonly Named[]>(
  name: Token<T> | Class<T>,
  needs: Needs,
  make: (...parts: ValuesOf<Needs>) => T,
): Part {
  return { provide: name, inject: [...needs], useFactory: make };
}

/**
 * What Nest does with such parts, without Nest.
 * @param given a token and its value, which none of them provides
 * @returns makes the part of that name, and what it needs, each once
 */
export function assemble<Given>(parts: readonly Part[], given: readonly [Token<Given>, Given]) {
  const made = new Map<unknown, unknown>([given]);
  const make = (name: Named): unknown => {
    if (!made.has(name)) {
      const { inject, useFactory } = parts.find((part) => part.provide === name)!;
      made.set(name, useFactory(...inject.map(make)));
    }
    return made.get(name);
  };
  return <T>(name: Token<T> | Class<T>) => make(name) as T;
}
