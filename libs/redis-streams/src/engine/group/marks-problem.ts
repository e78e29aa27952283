import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';
import type { EngineEvents } from '../events.js';

/** Why the marks of a stream cannot be kept, while that is so: said once, and shown by health. Consuming goes on without them. */
export class MarksProblem {
  /** undefined while there is none. */
  reason: string | undefined;

  constructor(
    private readonly marksKey: string,
    private readonly events: EngineEvents,
  ) {}

  /** Only what does not pass by itself is a problem: the key holds something else, or an ACL forbids it. */
  found(error: unknown): void {
    const kind = failureKindOf(error);
    if (kind === 'wrong-type') this.tell(failureText(error), 'it must be a hash: rename or delete what is there');
    if (kind === 'forbidden') this.tell(failureText(error), 'let the ACL user read and write it');
  }

  solved(): void {
    if (this.reason === undefined) return;
    this.reason = undefined;
    this.events.emit({ type: 'marksRecovered', marksKey: this.marksKey });
  }

  private tell(error: string, remedy: string): void {
    if (this.reason !== undefined) return;
    this.reason = `the marks in '${this.marksKey}' cannot be kept (${error})`;
    this.events.emit({ type: 'marksFailed', reason: this.reason, remedy });
  }
}
