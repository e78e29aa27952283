import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { PipeRejection, type Handler } from '../model/handler.js';
import type { PipeErrors } from './pipe-errors.js';
import { StreamContext } from './stream-context.js';

/**
 * Runs a Nest handler for the engine. A Nest handler never rejects: it resolves to an Observable that errors, after its
 * exception filters. It is subscribed to once (a second subscription would run the handler again) and waited for to the
 * end; what the filters made of an error decides.
 */
export function asHandler(callback: MessageHandler, pipeErrors: PipeErrors): Handler {
  return async (delivery) => {
    const context = new StreamContext(delivery);
    try {
      const result: unknown = await callback(delivery.payload, context);
      if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
    } catch (thrown) {
      // A filter that errs with an Error of its own means it; anything else is Nest's mask of the original.
      const error = thrown instanceof Error || context.originalError === undefined ? thrown : context.originalError;
      throw pipeErrors.has(error) ? new PipeRejection(error) : error;
    }
  };
}
