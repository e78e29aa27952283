/** Until when a key answers with its first task, at most for how long in milliseconds, and the group whose end of it counts. */
export interface KeyTerms {
  readonly until: 'ttl' | 'finished';
  readonly ttlMs: number;
  readonly group: string;
}

/** What an entry says of the key that it was added with: the value of `RESERVED_HEADERS.key`. */
export interface KeyHeader extends KeyTerms {
  readonly key: string;
}

/** `<until> <ttl> <group, URI-encoded> <key>`; scripts read it, too: see `redis/lua/fragments/held-keys`. */
export function writeKeyHeader({ until, ttlMs, group, key }: KeyHeader): string {
  return `${until} ${ttlMs} ${encodeURIComponent(group)} ${key}`;
}

/** undefined for what cannot be read. */
export function readKeyHeader(value: string | undefined): KeyHeader | undefined {
  const [, until, ttlMs, group, key] = /^(ttl|finished) (\d{1,15}) (\S+) (.+)$/s.exec(value ?? '') ?? [];
  if (key === undefined) return undefined;
  try {
    return { until: until as KeyTerms['until'], ttlMs: Number(ttlMs), group: decodeURIComponent(group!), key };
  } catch {
    return undefined;
  }
}
