/** What an error says of itself, as texts. */
export interface ErrorText {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
}

const UNREADABLE = '(cannot be read)';

/** Reads a user's error. Its getters may throw, now or the next time they are asked, or give no text; this never throws. */
export function errorText(error: Error): ErrorText {
  return {
    name: textOf(() => error.name) ?? 'Error',
    message: textOf(() => error.message) ?? UNREADABLE,
    stack: textOf(() => error.stack),
  };
}

/** For a log: the stack, or else name and message. */
export function stackText(error: Error): string {
  const { name, message, stack } = errorText(error);
  return stack ?? `${name}: ${message}`;
}

function textOf(read: () => unknown): string | undefined {
  try {
    const text = read();
    return typeof text === 'string' ? text : undefined;
  } catch {
    return undefined;
  }
}
