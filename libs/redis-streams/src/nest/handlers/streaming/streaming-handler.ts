import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, type Observable, type Subscription } from 'rxjs';
import type { Handler, HandlerDelivery } from '../../../model/handler.js';
import { StreamContext } from '../../stream-context.js';
import { beginStreaming, type Streaming } from './chunks.js';

/**
 * Runs a Nest handler that streams: its chunks are kept as they come out of the pipeline. The result is what an async iterable returns,
 * an Observable's last value, or what the handler returned as ever. See `asHandler` for how Nest's handlers are called.
 */
export function asStreamingHandler(callback: MessageHandler): Handler {
  return async (delivery) => {
    const streaming = beginStreaming(delivery);
    const result: unknown = await callback(delivery.payload, new StreamContext(delivery));
    return isObservable(result) ? outcome(result, delivery, streaming) : result;
  };
}

function outcome(observable: Observable<unknown>, delivery: HandlerDelivery, streaming: Streaming): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let last: unknown;
    let isOver = false;
    let subscription: Subscription | undefined;
    const fail = (error: unknown) => {
      isOver = true;
      subscription?.unsubscribe();
      // An iterable keeps its slot until it has stopped.
      void Promise.resolve(streaming.ended).finally(() => reject(error));
    };
    delivery.onStuck = () => fail(delivery.signal.reason);
    subscription = observable.subscribe({
      next: (value) => {
        if (isOver) return;
        last = value;
        if (!streaming.yields) return;
        try {
          delivery.write(value);
        } catch (error) {
          fail(error);
        }
      },
      error: reject,
      complete: () => resolve(streaming.returned ? streaming.returned.value : last),
    });
    if (isOver) subscription.unsubscribe();
  });
}
