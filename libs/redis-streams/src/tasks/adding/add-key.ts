import { hash } from 'node:crypto';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { KeyClaim } from '../../model/ports/append.js';
import { integer } from '../../options/checks/kinds.js';
import { fail } from '../../options/checks/option-checks.js';
import { nested, type Option, type TableOf, type ValuesOf } from '../../options/checks/option.js';
import { HANDLER_OPTIONS } from '../../options/tables/handler-options.js';
import { isHeaderField, JSON_FIELDS_HEADER, RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import { type KeyTerms, writeKeyHeader } from '../../wire/key-header.js';

/** Makes several adds one task. See docs/idempotency.md. */
export interface IdempotencyOptions {
  /**
   * What the adds have in common, such as an order's number or a client's `Idempotency-Key`: 1 to 512 bytes of UTF-8. It counts for its stream alone. A later add with
   * the same key answers with the first task's id, and with an IdempotencyConflictError where its payload is another.
   */
  key: string;
  /** For how long, in milliseconds from the first add on, of a delayed task from when it is due. Default 86,400,000; 1,000 to 2,592,000,000. */
  ttlMs?: number;
  /**
   * `'ttl'`: for `ttlMs`, also after the task has ended well. `'finished'`: until its end, at most for `ttlMs`. A task that is dead-lettered, cancelled or expired frees its key
   * in either case. Default `'ttl'`.
   */
  until?: 'ttl' | 'finished';
  /** The group whose end of the task counts; with `run` it is the one that is waited for. Default `'workers'`; a string of 1 to 256 characters. */
  group?: string;
  /**
   * How long the add is tried while Redis is away, in milliseconds: it is sent again until it is answered, which makes no second task. Default `addTimeoutMs`; 1 to
   * 3,600,000.
   */
  waitMs?: number;
}

const MOST_KEY_BYTES = 512;

const key: Option<string, string> = {
  read: (given, where) => {
    if (typeof given !== 'string' || given === '' || !given.isWellFormed())
      fail(where, 'a string that is not empty', given);
    const bytes = Buffer.byteLength(given);
    if (bytes <= MOST_KEY_BYTES) return given;
    throw new RedisStreamsConfigError(
      `${where} has ${bytes} bytes, and may have ${MOST_KEY_BYTES}: take a hash of it, as crypto.hash('sha256', …) makes one.`,
    );
  },
};

const until: Option<KeyTerms['until'], KeyTerms['until']> = {
  byDefault: "`'ttl'`",
  read: (given = 'ttl', where) => {
    if (given !== 'ttl' && given !== 'finished') fail(where, "'ttl' or 'finished'", given);
    return given;
  },
};

const IDEMPOTENCY_OPTIONS = {
  key,
  ttlMs: integer({ byDefault: 24 * 3_600_000, min: 1_000, max: 30 * 24 * 3_600_000 }),
  until,
  group: HANDLER_OPTIONS.group,
  waitMs: { ...integer({ min: 1, max: 3_600_000 }), byDefault: '`addTimeoutMs`' },
} satisfies TableOf<IdempotencyOptions>;

export type ResolvedIdempotency = ValuesOf<typeof IDEMPOTENCY_OPTIONS>;

const given = nested(IDEMPOTENCY_OPTIONS, { byDefault: 'none' });

export const idempotency: Option<IdempotencyOptions, ResolvedIdempotency | undefined> = {
  ...given,
  read: (options, where) => (options === undefined ? undefined : given.read(options, where)),
};

/** The header that says so, its name and value in turn. */
export function keyField(terms: ResolvedIdempotency): readonly string[] {
  return [RESERVED_PREFIX + RESERVED_HEADERS.key, writeKeyHeader(terms)];
}

export function keyClaim({ key: name, ttlMs }: ResolvedIdempotency, fields: readonly string[]): KeyClaim {
  return { name, ttlMs, fingerprint: fingerprintOf(fields) };
}

/**
 * The same for the same payload: of the fields that it is encoded to, not of headers, whatever the order of an object's keys at the top. With 64 bits two others
 * are the same by chance once in 10^19 times.
 */
function fingerprintOf(fields: readonly string[]): string {
  const pairs: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (isHeaderField(fields[i]!)) continue;
    const name = inOrder(fields[i]!);
    const value = fields[i + 1]!;
    // With their lengths, so that no others make the same text.
    pairs.push(`${name.length} ${value.length} ${name}${value}`);
  }
  return hash('sha1', pairs.toSorted().join(''), 'base64url').slice(0, 11);
}

/** The header that names the fields which are JSON does so in the order of the payload's keys. */
function inOrder(name: string): string {
  if (!name.startsWith(JSON_FIELDS_HEADER)) return name;
  return JSON_FIELDS_HEADER + name.slice(JSON_FIELDS_HEADER.length).split(',').toSorted().join(',');
}

/** No two items of one call may have the same key: which of them is the task, nobody has said. */
export function assertDistinct(keys: readonly (string | undefined)[]): void {
  const first = new Map<string, number>();
  for (const [n, one] of keys.entries()) {
    if (one === undefined) continue;
    const before = first.get(one);
    if (before !== undefined) {
      throw new RedisStreamsConfigError(
        `addBulk: items ${before} and ${n} have the same idempotency key, ${JSON.stringify(one.slice(0, 100))}: leave one of them out.`,
      );
    }
    first.set(one, n);
  }
}
