import { isReplyError } from './redis-errors.js';

/** How far a connection had come when it failed. */
export interface ConnectionAttempt {
  readonly isTls: boolean;
  /** It was made, and the server has not said a word. */
  readonly isUnanswered: boolean;
  /** A connection of ours there was ready before: it is no mistake of ours. */
  readonly hasWorked: boolean;
}

/** What an attempt to connect failed with, in words that name the likely mistake; ioredis's own error is then the `cause`. */
export function explainConnectionError(error: Error, attempt: ConnectionAttempt): Error {
  const message = explanation(error, attempt);
  return message === undefined ? error : new Error(message, { cause: error });
}

const PERHAPS_PLAIN = 'it may speak plain Redis there (redis:// instead of rediss://, no tls option)';
const PERHAPS_TLS = 'it may speak TLS only (rediss:// instead of redis://), or be about to stop';

const TOOK_IT = 'it took the connection and ';

/** What is said of a server that took the connection, and goes no further. */
export function stillUnanswered(isTlsHandshake: boolean): Error {
  return new Error(
    isTlsHandshake
      ? `${TOOK_IT}does not answer the TLS handshake: ${PERHAPS_PLAIN}`
      : `${TOOK_IT}is not ready yet: it may be loading its data`,
  );
}

/** Whether Redis answered and does not let us in, or not to our database. Waiting does not help against it. */
export function isRefusal(error: Error): boolean {
  return (
    isDatabaseRefused(error) ||
    /WRONGPASS|NOAUTH|NOPERM|invalid password|invalid username|without any password configured/i.test(error.message)
  );
}

/** Whether a connection was given up because nothing was heard on it. */
export function isSilence(error: Error): boolean {
  return error.message.startsWith('Socket timeout');
}

/** Whether it is Redis's answer to what ioredis says first on a connection. Whatever waits for the connection fails with it. */
export function isOfHandshake(error: Error): boolean {
  return ['hello', 'auth', 'select', 'info'].includes(commandOf(error) ?? '');
}

/** What an operator can do. */
export function remedyFor(error: Error): string {
  if (isDatabaseRefused(error)) {
    return 'Correct the database, which is the number at the end of the URL or the db option, or allow SELECT to the user.';
  }
  if (isRefusal(error)) return 'Check the user name, password and ACL in the connection option or REDIS_URL.';
  if (error.message.includes('WRONGTYPE')) {
    return 'The key holds something else than a stream: rename the stream or delete the key.';
  }
  if (/certificate|self.signed/i.test(error.message)) {
    return 'Give the authority that signed the certificate: connection: { host, port, tls: { ca } }.';
  }
  if (error.message.includes('TLS')) return 'Correct the connection option or REDIS_URL.';
  if (isSilence(error) || error.message.startsWith(TOOK_IT)) {
    return 'Something listens there: see whether Redis is frozen, overloaded or loading its data, or the network drops what is sent.';
  }
  return 'Start Redis there, or point the connection option or REDIS_URL to where it runs.';
}

/** ioredis only tells of a refused SELECT, and goes on in database 0. */
export function isDatabaseRefused(error: Error): boolean {
  return commandOf(error) === 'select' || (error.cause instanceof Error && commandOf(error.cause) === 'select');
}

function commandOf(error: Error): string | undefined {
  return (error as { command?: { name?: string } }).command?.name;
}

function explanation(error: Error, attempt: ConnectionAttempt): string | undefined {
  const { isTls, isUnanswered, hasWorked } = attempt;
  if (isDatabaseRefused(error)) {
    const [database] = (error as { command?: { args?: unknown[] } }).command?.args ?? [];
    return `its database ${String(database)} cannot be used: ${error.message}`;
  }
  // Several addresses of one host name, each with an error of its own.
  if (error instanceof AggregateError) return error.errors.map(({ message }: Error) => message).join(', ');
  if (isReplyError(error) || hasWorked) return undefined;
  const { code, message } = error as NodeJS.ErrnoException;
  if (isTls && (code === 'EPROTO' || /wrong version number|packet length/i.test(message))) {
    return `it does not answer in TLS: ${PERHAPS_PLAIN}: ${message}`;
  }
  if (isTls && code === 'ETIMEDOUT') return `${message}: nothing answers there, or not in TLS: ${PERHAPS_PLAIN}`;
  if (!isTls && isUnanswered && !/timeout/i.test(message))
    return `it broke the connection off at our first word: ${PERHAPS_TLS}: ${message}`;
  return undefined;
}
