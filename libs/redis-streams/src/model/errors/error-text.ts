const MOST_CHARACTERS = 2_000;
const MOST_CAUSES = 4;
/** Of each cause, so that the first is not pushed out by the last. */
const MOST_OF_A_CAUSE = 500;

/** Nest, what it is made of, Node itself, and calls without a place: frames that say nothing about the user's code. */
const FOREIGN_FRAME = /[\\/]node_modules[\\/](@nestjs|rxjs)[\\/]|\bnode:|<anonymous>\)?$/;
const OWN_DIRECTORY = new URL('../..', import.meta.url).pathname;

/**
 * An error in one text for people: its name and message, what a Nest exception says in its response only (a validation's
 * findings), and its causes, then the remark. At most 2,000 characters, well-formed. Never throws, whatever the error's getters do.
 */
export function errorText(error: Error, remark?: string): string {
  const end = remark === undefined ? '' : `; ${remark}`;
  const texts = [ownText(error)];
  for (let cause = causeOf(error); cause && texts.length <= MOST_CAUSES; cause = causeOf(cause)) {
    texts.push(ownText(cause).slice(0, MOST_OF_A_CAUSE));
  }
  return (texts.join('; caused by ').slice(0, MOST_CHARACTERS - end.length) + end).toWellFormed();
}

/** An error's whole stack; undefined where it has none that can be read. */
export function stackOf(error: Error): string | undefined {
  return textOf(() => error.stack);
}

/** The frames of an error's stack without those of Nest, Node and this library, each after a line break. Never throws. */
export function userFrames(error: Error): string {
  const lines = stackOf(error)?.split('\n') ?? [];
  const frames = lines.filter(
    (line) => /^\s+at /.test(line) && !FOREIGN_FRAME.test(line) && !line.includes(OWN_DIRECTORY),
  );
  return frames.map((frame) => `\n${frame}`).join('');
}

function ownText(error: Error): string {
  const message = textOf(() => error.message) ?? '(cannot be read)';
  const findings = responseText(error);
  const text = `${textOf(() => error.name) ?? 'Error'}: ${message}`;
  return findings === undefined || message.includes(findings) ? text : `${text}: ${findings}`;
}

/** The message, or messages, of the response of Nest's HttpException and RpcException: an exception's own is often but its title. */
function responseText(
  exception: Error & { getResponse?: () => unknown; getError?: () => unknown },
): string | undefined {
  return textOf(() => {
    const response = exception.getResponse?.() ?? exception.getError?.();
    const { message } = response as { message?: unknown };
    return Array.isArray(message) ? message.filter((item) => typeof item === 'string').join('; ') : message;
  });
}

function causeOf(error: Error & { errors?: unknown[] }): Error | undefined {
  try {
    // Of an AggregateError, as of a refused connection, the first says enough.
    const cause: unknown = error.cause ?? error.errors?.[0];
    if (typeof cause === 'string') return new Error(cause);
    return cause instanceof Error && cause !== error ? cause : undefined;
  } catch {
    return undefined;
  }
}

/** Reads a text from a user's error, whose getters may throw, now or the next time that they are asked, or give no text. */
function textOf(read: () => unknown): string | undefined {
  try {
    const value = read();
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
