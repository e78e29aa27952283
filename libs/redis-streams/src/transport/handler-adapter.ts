import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Handler } from '../model/handler.js';
import { StreamContext } from './stream-context.js';

/**
 * Runs a Nest handler for the engine. A Nest handler never rejects: it resolves to an Observable that errors, after its
 * exception filters (see `filterOutcome`). It is subscribed to once (a second subscription would run the handler again) and
 * waited for to the end.
 */
export function asHandler(callback: MessageHandler): Handler {
  return async (delivery) => {
    const result: unknown = await callback(delivery.payload, new StreamContext(delivery));
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  };
}
