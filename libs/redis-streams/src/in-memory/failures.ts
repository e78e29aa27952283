import { type FailureDetails, type FailureKind, RedisFailure } from '../model/ports/redis-failure.js';

const MESSAGES: Record<FailureKind, string> = {
  'group-missing': 'NOGROUP No such key or consumer group',
  disconnected: 'Connection is closed.',
  'read-only': "READONLY You can't write against a read only replica.",
  elsewhere: 'MOVED 42 127.0.0.1:7001',
  forbidden: "NOPERM this user has no permissions to run the 'evalsha' command",
  'wrong-type': 'WRONGTYPE Operation against a key holding the wrong kind of value',
  refused: "OOM command not allowed when used memory > 'maxmemory'.",
};

export interface FailureOptions extends Partial<Omit<FailureDetails, 'kind'>> {
  readonly kind: FailureKind;
  /** What Redis says; without it, something that it says in such a case. */
  readonly message?: string;
}

/** A failure as the Redis broker would report it. */
export function failure({
  kind,
  message = MESSAGES[kind],
  remedy = '',
  isRefusal = false,
}: FailureOptions): RedisFailure {
  return new RedisFailure(message, { kind, remedy, isRefusal });
}
