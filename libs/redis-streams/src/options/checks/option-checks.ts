import { didYouMean } from './closest.js';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';

/** Small checks that all speak alike: what was expected, what came, where. */

/**
 * What to use instead of an option of another queue, or one that is in the wrong place: by the option's name, a sentence
 * without its full stop.
 */
export type Instead = Readonly<Record<string, string>>;

/** @param instead what to use for names that are known from elsewhere */
export function assertKnownKeys(value: object, known: readonly string[], where: string, instead: Instead = {}): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const remedy = Object.hasOwn(instead, key) ? ` Instead, ${instead[key]}.` : didYouMean(key, known);
    throw new RedisStreamsConfigError(
      `Unknown option '${key}' in ${where}.${remedy} Known ones: ${known.join(', ')}. Check the spelling, or take it out.`,
    );
  }
}

export function plainObject(value: unknown, where: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(where, 'an object', value);
  return value as Record<string, unknown>;
}

export function fail(where: string, expected: string, got: unknown): never {
  throw new RedisStreamsConfigError(`${where} must be ${expected}, got ${show(got)}.`);
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  return JSON.stringify(value) ?? 'undefined';
}
