import { from, catchError, isObservable, mergeAll, type Observable, of, throwError } from 'rxjs';
import { errorText } from '../../model/errors/error-text.js';
import { RetryLaterError, toError, UnrecoverableError } from '../../model/errors/errors.js';
import { HandlerFailure } from '../../model/handler.js';
import type { ErrorOrigin } from './error-origins.js';

/**
 * What the app's exception filters make of an error. A value that a filter returns is success; an Error that it returns, as
 * such or in an Observable, is the failure instead. A filter that returns nothing, or itself fails (as one written for HTTP
 * does, for want of a response), leaves the original error in its place.
 *
 * @param filter calls the one filter that matches; nothing comes back where none does
 */
export function filterOutcome(
  error: unknown,
  origin: ErrorOrigin | undefined,
  filter: () => unknown,
): Observable<unknown> {
  const original = (remark = remarkOn(origin)) => new HandlerFailure(error, origin === 'pipe', remark);
  // The same error passed on is the original, and what is no Error is Nest's mask of it.
  const failure = (raised: unknown) => (raised instanceof Error && raised !== error ? raised : original());
  const outcome = async (): Promise<Observable<unknown>> => {
    try {
      const answer = await filter();
      if (isObservable(answer)) return answer.pipe(catchError((raised) => throwError(() => failure(raised))));
      const hasValue = answer !== undefined && answer !== null && !(answer instanceof Error);
      return hasValue ? of(answer) : throwError(() => failure(answer));
    } catch (thrown) {
      if (thrown === error) return throwError(() => original());
      if (thrown instanceof RetryLaterError || thrown instanceof UnrecoverableError) return throwError(() => thrown);
      return throwError(() => original(remarkOnFilter(thrown)));
    }
  };
  return from(outcome()).pipe(mergeAll());
}

function remarkOn(origin: ErrorOrigin | undefined): string | undefined {
  if (origin !== 'guard') return undefined;
  return "a guard refused the task (one that is written for HTTP should begin with: if (context.getType() !== 'http') return true;)";
}

function remarkOnFilter(thrown: unknown): string {
  return (
    `then an exception filter failed on it with ${errorText(toError(thrown)).slice(0, 500)} (one that is written for HTTP should ` +
    "begin with: if (host.getType() !== 'http') throw exception;)"
  );
}
