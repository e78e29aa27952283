import { didYouMean } from './closest.js';
import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { Instead } from './foreign-options.js';

/** Small checks that all speak alike: what was expected, what came, where. */

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

export function integer(
  value: unknown,
  fallback: number,
  where: string,
  min: number,
  max = Number.MAX_SAFE_INTEGER,
): number {
  if (value === undefined) return fallback;
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    const upTo = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
    fail(where, `a whole number, ${upTo}`, value);
  }
  return value as number;
}

export function decimal(value: unknown, fallback: number, where: string, min: number, max: number): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= min && value <= max))
    fail(where, `a number from ${min} to ${max}`, value);
  return value;
}

export function bool(value: unknown, fallback: boolean, where: string): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean') fail(where, 'true or false', value);
  return value;
}

export function plainObject(value: unknown, where: string): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(where, 'an object', value);
  return value as Record<string, unknown>;
}

export function stringList(value: unknown, where: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) fail(where, 'a list of strings', value);
  return value as string[];
}

export function fail(where: string, expected: string, got: unknown): never {
  throw new RedisStreamsConfigError(`${where} must be ${expected}, got ${show(got)}.`);
}

function show(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'number') return String(value);
  return JSON.stringify(value) ?? 'undefined';
}
