import type { HandlerDelivery } from '../../../model/handler.js';

/** Generators, streams of model clients, Node's readable streams. */
export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

/**
 * Goes through an iterable, no faster than its chunks can be kept. When the delivery's signal aborts it is told to stop, and has failed with
 * the signal's reason once it has, unless it comes to its own result all the same.
 * @returns what it returns, which `for await` would lose
 */
export async function iterate(
  iterable: AsyncIterable<unknown>,
  delivery: HandlerDelivery,
  onChunk: (chunk: unknown) => void = () => undefined,
): Promise<unknown> {
  const { signal } = delivery;
  const iterator: AsyncIterator<unknown, unknown> = iterable[Symbol.asyncIterator]();
  let stopped: Promise<void> | undefined;
  const stop = () => void (stopped ??= end(iterator));
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done && (!stopped || value !== undefined)) return value;
      if (stopped) {
        await stopped;
        throw signal.reason;
      }
      onChunk(value);
      const room = delivery.room();
      if (room) await room;
    }
  } catch (error) {
    stop();
    await stopped;
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Lets it clean up behind itself; what fails then changes nothing. */
async function end(iterator: AsyncIterator<unknown, unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // The outcome is another's.
  }
}
