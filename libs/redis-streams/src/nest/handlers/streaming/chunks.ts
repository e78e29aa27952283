import { isObservable, Observable } from 'rxjs';
import type { HandlerDelivery } from '../../../model/handler.js';
import { isAsyncIterable, iterate } from './iterate.js';

/** How the handler of a delivery streams. */
export interface Streaming {
  /** It yields chunks; what comes out of the pipeline is these, or what interceptors made of them. */
  yields: boolean;
  /** What an iterable has returned, once it has: that goes by the interceptors, which see chunks. */
  returned: { readonly value: unknown } | undefined;
  /** Resolves when an iterable has ended. */
  ended: Promise<unknown> | undefined;
}

const deliveries = new WeakMap<HandlerDelivery, Streaming>();

/** Its handler may stream. */
export function beginStreaming(delivery: HandlerDelivery): Streaming {
  const streaming: Streaming = { yields: false, returned: undefined, ended: undefined };
  deliveries.set(delivery, streaming);
  return streaming;
}

export function isStreaming(delivery: HandlerDelivery): boolean {
  return deliveries.has(delivery);
}

/** What a handler has returned, as an Observable of its chunks where it has any: so they pass its interceptors and exception filters. */
export function chunksOf(result: unknown, delivery: HandlerDelivery): unknown {
  const streaming = deliveries.get(delivery)!;
  streaming.yields = isObservable(result) || isAsyncIterable(result);
  if (isObservable(result) || !isAsyncIterable(result)) return result;
  return new Observable((subscriber) => {
    const iteration = iterate(result, delivery, (chunk) => {
      subscriber.next(chunk);
      // Whoever stops listening has the iterable stopped.
      if (subscriber.closed) throw new Error('Nobody listens any more.');
    });
    streaming.ended = iteration.then(
      (value) => {
        streaming.returned = { value };
        subscriber.complete();
      },
      (error: unknown) => subscriber.error(error),
    );
  });
}
