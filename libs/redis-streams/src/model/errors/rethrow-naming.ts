import { RedisStreamsConfigError } from './errors.js';
import { RedisFailure } from '../ports/redis-failure.js';

/**
 * For what a user asks of a stream: Redis's own words name no key.
 * @param call what the message begins with
 */
export function rethrowNaming(call: string): (error: Error) => never {
  return (error) => {
    if (!(error instanceof RedisFailure)) throw error;
    const { cause } = error;
    const message = `${call}: Redis refused: ${error.message}.`;
    if (error.kind !== 'wrong-type') throw new Error(message, { cause });
    throw new RedisStreamsConfigError(
      `${message} The key of that name, or its dead letter, is no stream: ask for another name, or rename the key.`,
      { cause },
    );
  };
}
