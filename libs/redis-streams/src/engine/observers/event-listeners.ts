import { errorText, userFrames } from '../../model/errors/error-text.js';
import { toError } from '../../model/errors/errors.js';
import type { StreamEvent, StreamEventName, StreamHooks } from '../../model/hooks.js';
import type { Log } from '../../model/log.js';

interface Listener {
  /** For messages about what it throws. */
  readonly name: string;
  call(event: unknown): unknown;
}

/** Who wants to hear of outcomes: the hooks option, and the app's `@OnStreamEvent` methods. What they throw is logged. */
export class EventListeners {
  private readonly byEvent = new Map<StreamEventName, Listener[]>();
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    hooks: StreamHooks,
    private readonly log: Log,
  ) {
    for (const [event, hook] of Object.entries(hooks) as [StreamEventName, Listener['call'] | undefined][]) {
      if (hook) this.add(event, { name: `hook '${event}'`, call: (value) => hook.call(hooks, value) });
    }
  }

  add(event: StreamEventName, listener: Listener): void {
    this.byEvent.set(event, [...(this.byEvent.get(event) ?? []), listener]);
  }

  /** Whether an event must be made at all. */
  has(event: StreamEventName): boolean {
    return this.byEvent.has(event);
  }

  tell<E extends StreamEventName>(event: E, value: StreamEvent<E>): void {
    for (const listener of this.byEvent.get(event) ?? []) {
      try {
        const returned = listener.call(value);
        if (returned instanceof Promise) this.follow(returned, listener);
      } catch (error) {
        this.report(error, listener);
      }
    }
  }

  /** Resolves when all that listeners have begun has ended. Never rejects. */
  async ended(): Promise<void> {
    while (this.underWay.size > 0) await Promise.all(this.underWay);
  }

  private follow(promise: Promise<unknown>, listener: Listener): void {
    const followed: Promise<void> = promise.then(
      () => void this.underWay.delete(followed),
      (error: unknown) => {
        this.underWay.delete(followed);
        this.report(error, listener);
      },
    );
    this.underWay.add(followed);
  }

  private report(thrown: unknown, { name }: Listener): void {
    const error = toError(thrown, 'It');
    this.log.error(`The ${name} threw: ${errorText(error)}${userFrames(error)}`);
  }
}
