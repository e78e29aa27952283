import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { fail } from './option-checks.js';
import type { Option } from './option.js';

/** The kinds of options that occur more than once. Without `byDefault` an option that is left out has no value. */

interface Bounds {
  readonly min: number;
  readonly max?: number;
}

type WithDefault<T> = { readonly byDefault: T };

/** A whole number. */
export function integer(bounds: Bounds & WithDefault<number>): Option<number, number>;
export function integer(bounds: Bounds): Option<number, number | undefined>;
export function integer(bounds: Bounds & Partial<WithDefault<number>>): Option<number, number | undefined> {
  const { min, max = Number.MAX_SAFE_INTEGER, byDefault } = bounds;
  const upTo = (write: (value: number) => string) =>
    max === Number.MAX_SAFE_INTEGER ? `${write(min)} or more` : `${write(min)} to ${write(max)}`;
  return {
    byDefault: told(byDefault),
    allowed: upTo(told),
    read: reader(
      byDefault,
      `a whole number, ${upTo(String)}`,
      (given) => typeof given === 'number' && Number.isSafeInteger(given) && given >= min && given <= max,
    ),
  };
}

/** Any number between two. */
export function decimal(bounds: Required<Bounds> & WithDefault<number>): Option<number, number> {
  const { min, max, byDefault } = bounds;
  return {
    byDefault: told(byDefault),
    allowed: `${told(min)} to ${told(max)}`,
    read: reader(
      byDefault,
      `a number from ${min} to ${max}`,
      (given) => typeof given === 'number' && given >= min && given <= max,
    ),
  };
}

export function bool(byDefault: boolean): Option<boolean, boolean> {
  return {
    byDefault: `\`${byDefault}\``,
    read: reader(byDefault, 'true or false', (given) => typeof given === 'boolean'),
  };
}

/** @param options.allowed what `fits` checks, as in 'a string without braces' */
export function text(options: {
  readonly byDefault: string;
  readonly allowed: string;
  readonly fits: (given: string) => boolean;
}): Option<string, string> {
  const { byDefault, allowed, fits } = options;
  return {
    byDefault: byDefault === '' ? 'none' : `\`'${byDefault}'\``,
    allowed,
    read: reader(byDefault, allowed, (given) => typeof given === 'string' && fits(given)),
  };
}

export function strings(): Option<readonly string[], readonly string[] | undefined> {
  return {
    byDefault: 'none',
    read: reader(
      undefined,
      'a list of strings',
      (given) => Array.isArray(given) && given.every((item) => typeof item === 'string'),
    ),
  };
}

/** What people write down beside something: short, and '' counts as none. */
export function note(mostBytes: number): Option<string, string | undefined> {
  return {
    byDefault: 'none',
    read: (given, where) => {
      if (given === undefined || given === '') return undefined;
      if (typeof given !== 'string') fail(where, 'a string', given);
      const bytes = Buffer.byteLength(given);
      if (bytes <= mostBytes) return given;
      throw new RedisStreamsConfigError(
        `${where} has ${bytes} bytes, and may have ${mostBytes}. Cut it, or name where the rest is.`,
      );
    },
  };
}

/** Takes what fits as it is. */
function reader<Value, Default>(byDefault: Default, expected: string, fits: (given: unknown) => boolean) {
  return (given: Value | undefined, where: string): Value | Default => {
    if (given === undefined) return byDefault;
    if (!fits(given)) fail(where, expected, given);
    return given;
  };
}

/** As people write numbers. A bound that is endless, or is not there, is none. */
function told(value: number | undefined): string {
  return value === undefined || value === Infinity
    ? 'none'
    : value.toLocaleString('en-US', { maximumFractionDigits: 20 });
}
