import type { Log } from '../../model/log.js';
import { failureKindOf, failureText } from '../../model/ports/redis-failure.js';

/** Why the marks of a stream cannot be kept, while that is so: said once, and shown by health. Consuming goes on without them. */
export class MarksProblem {
  /** undefined while there is none. */
  reason: string | undefined;

  constructor(
    private readonly subscription: string,
    private readonly marksKey: string,
    private readonly log: Log,
  ) {}

  /** Only what does not pass by itself is a problem: the key holds something else, or an ACL forbids it. */
  found(error: unknown): void {
    const kind = failureKindOf(error);
    if (this.reason !== undefined || (kind !== 'wrong-type' && kind !== 'forbidden')) return;
    const remedy =
      kind === 'wrong-type'
        ? 'it must be a hash: rename or delete what is there'
        : 'let the ACL user read and write it';
    this.reason = `the marks in '${this.marksKey}' cannot be kept (${failureText(error)})`;
    this.log.error(
      `${this.subscription}: ${this.reason}: ${remedy}. Until then the history is not trimmed, and a group that vanishes ` +
        'cannot be restored where it was.',
    );
  }

  solved(): void {
    if (this.reason === undefined) return;
    this.reason = undefined;
    this.log.log(`${this.subscription}: the marks in '${this.marksKey}' are kept again.`);
  }
}
