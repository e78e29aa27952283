import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom, type Observable } from 'rxjs';
import type { Handler, HandlerDelivery } from '../../model/handler.js';
import { StreamContext } from '../stream-context.js';
import { isAsyncIterable, iterate } from './streaming/iterate.js';

/**
 * Runs a Nest handler for the engine. A Nest handler never rejects: it resolves to an Observable that errors, after its
 * exception filters (see `filterOutcome`). It is subscribed to once (a second subscription would run the handler again) and
 * waited for to the end; its last value is the result. An async iterable is gone through, and what it returns is the result.
 */
export function asHandler(callback: MessageHandler): Handler {
  return async (delivery) => {
    const result: unknown = await callback(delivery.payload, new StreamContext(delivery));
    if (!isObservable(result)) return isAsyncIterable(result) ? iterate(result, delivery) : result;
    // Behind interceptors there may be a promise, which goes on whether anybody listens or not.
    if (!delivery.isIntercepted) return lastOf(result, delivery);
    const last = await lastValueFrom(result, { defaultValue: undefined });
    return isAsyncIterable(last) ? iterate(last, delivery) : last;
  };
}

/** Waits for an Observable's last value, and unsubscribes from it as soon as that would be in vain: so it is told to stop. */
function lastOf(observable: Observable<unknown>, delivery: HandlerDelivery): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    const subscription = observable.subscribe({
      next: (value) => (last = value),
      error: reject,
      complete: () => resolve(last),
    });
    delivery.onStuck = () => {
      subscription.unsubscribe();
      reject(delivery.signal.reason as Error);
    };
  });
}
