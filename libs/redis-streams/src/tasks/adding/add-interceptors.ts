import { AddBulkError, type AddOutcome } from '../../model/errors/add-bulk-error.js';
import { errorText } from '../../model/errors/error-text.js';
import { toError } from '../../model/errors/errors.js';
import type { Log } from '../../model/log.js';

/** A task that is about to be added. */
export interface AddItem {
  readonly payload: unknown;
  /** The caller's, copied: an interceptor may add to them until it proceeds. */
  readonly headers: Record<string, string>;
}

/** A call of `add`, which has one item, or of `addBulk`. */
export interface AddCall {
  readonly stream: string;
  readonly items: readonly AddItem[];
}

/** Goes on with the call. Never rejects: tells what became of each item, in order. */
export type Proceed = () => Promise<readonly AddOutcome[]>;

/**
 * Stands around each call of `add` and `addBulk`: before it proceeds it may add headers, or refuse the call by an error, so that
 * nothing is sent; afterwards it knows the outcomes, and how long they took. It cannot change them: who asked is told
 * what became of the task in Redis, as soon as that is known, whatever interceptors do then. For the same reason none can
 * answer in the place of Redis. One that returns without having proceeded has nothing more to say, and the call goes on.
 *
 * Around a call and not an item, so that one of `addBulk` costs, and is traced as, one.
 */
export type AddInterceptor = (call: AddCall, proceed: Proceed) => Promise<void> | void;

/** Interceptors in their order, of which there may be more later: the first is the outermost, it sees the call first and the outcomes last. */
export class AddInterceptors {
  constructor(
    private readonly interceptors: readonly AddInterceptor[],
    private readonly log: Log,
  ) {}

  /** Whether there are any. */
  get areThere(): boolean {
    return this.interceptors.length > 0;
  }

  /**
   * An interceptor that does not wait before it proceeds does not change the order of calls: all of them are called at once.
   * @param send adds the items with the headers that they have by then; resolves to their ids, in order
   * @returns what `send` does, or the first error of an interceptor that did not proceed
   */
  around(call: AddCall, send: () => Promise<string[]>): Promise<string[]> {
    return this.callFrom(0, call, send);
  }

  private callFrom(place: number, call: AddCall, send: () => Promise<string[]>): Promise<string[]> {
    const interceptor = this.interceptors[place];
    if (!interceptor) return send();
    return new Promise((resolve) => {
      // Decided once, by whoever goes on with the call or refuses it first.
      let added: Promise<string[]> | undefined;
      const decide = (begin: () => Promise<string[]>) => {
        if (!added) {
          added = begin();
          resolve(added);
        }
        return added;
      };
      const goOn = () => decide(() => this.callFrom(place + 1, call, send));
      const failed = (thrown: unknown) => {
        if (added) this.log.warn(lateError(call, thrown));
        else void decide(() => Promise.reject(thrown));
      };
      const run = async () => interceptor(call, () => outcomesOf(goOn(), call));
      run().then(() => void goOn(), failed);
    });
  }
}

function outcomesOf(added: Promise<string[]>, { items }: AddCall): Promise<readonly AddOutcome[]> {
  return added.then(
    (ids) => ids.map((id) => ({ id })),
    (thrown: unknown) => {
      if (thrown instanceof AddBulkError) return thrown.outcomes;
      const error = toError(thrown, 'The add');
      return items.map(() => ({ error }));
    },
  );
}

function lateError({ stream, items }: AddCall, thrown: unknown): string {
  const text = errorText(toError(thrown, 'It'));
  return `An interceptor failed after it let ${items.length} task(s) pass to '${stream}', whose outcome stands: ${text}`;
}
