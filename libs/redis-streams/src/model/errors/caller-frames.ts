/**
 * Adds the frames of whoever awaits to an error that was made where nothing is known of them: in a timer, or by an answer of
 * Redis. To be called in an async function after its await, where V8 still knows who awaits its result; it costs nothing
 * as long as nothing fails.
 * @see https://v8.dev/blog/fast-async#improved-developer-experience
 */
export function withCallerFrames(error: Error): Error {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, withCallerFrames);
  const frames = here.stack!.split('\n').slice(1);
  error.stack = [error.stack, ...frames].join('\n');
  return error;
}
