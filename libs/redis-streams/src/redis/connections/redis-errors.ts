import type { FailureKind } from '../../model/ports/redis-failure.js';

/** Whether this error is what Redis answered, and not that there was no answer. */
export function isReplyError(error: Error): boolean {
  return error.name === 'ReplyError';
}

/** Whether Redis will go on to refuse this command to this user, whatever its state. Scripts say it in other words. */
export function isPermissionError(error: Error): boolean {
  return (
    isReplyError(error) && /NOPERM|ACL failure|unknown command|user executing the script can't/i.test(error.message)
  );
}

/**
 * Redis names an error by its first word, which scripts put at the start (7.0 and later) or after their own (6.0).
 * Source: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors
 */
export function classifyRedisError(error: unknown): FailureKind {
  const { message } = error as Error;
  if (!isReplyError(error as Error)) return 'disconnected';
  // Where the whole stream is missing, XINFO says no more than that.
  if (/NOGROUP|UNBLOCKED|\bno such key\b/.test(message)) return 'group-missing';
  if (message.includes('READONLY')) return 'read-only';
  if (/\b(MOVED|ASK|CLUSTERDOWN|MASTERDOWN|LOADING)\b/.test(message)) return 'elsewhere';
  if (isPermissionError(error as Error)) return 'forbidden';
  if (message.includes('WRONGTYPE')) return 'wrong-type';
  return 'refused';
}

/**
 * A short form for logs, without command arguments and hence without payload; the same whether a command failed by itself
 * or inside a script, of any version.
 */
export function describeRedisError(error: unknown): string {
  const { message } = error as Error;
  const [line = ''] = (message || String(error)).split('\n');
  return (
    line
      .replace(/^ERR Error running script.*?@user_script:\s?\d+: /, '')
      // One that a script has caught and passes on: 6.0.
      .replace(/^@user_script:\s?\d+: -?/, '')
      .replace(/ script: (\w+, )?on @user_script:\d+.*$/, '')
      .slice(0, 300)
  );
}

/** The same without its full stop, to go on in a sentence of ours. */
export function redisErrorClause(error: unknown): string {
  return describeRedisError(error).replace(/\.$/, '');
}
