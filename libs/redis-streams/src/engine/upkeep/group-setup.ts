import type { Log } from '../../model/log.js';
import type { Group } from '../../model/ports/group.js';
import type { KnownLife } from '../state/known-life.js';
import type { MarksProblem } from './marks-problem.js';
import type { SubscriptionOptions } from '../subscription-options.js';

/** Sees to it that the group exists, and says what it found. */
export class GroupSetup {
  private isKnown = false;
  private underWay: Promise<void> | undefined;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly commands: Group,
    private readonly life: KnownLife,
    private readonly marks: MarksProblem,
    private readonly log: Log,
  ) {}

  /** Creates the group where it is missing: a new one by `startFrom`, a vanished one where it had got to. Whoever misses it calls this. */
  ensure(): Promise<void> {
    return (this.underWay ??= this.ensureOnce().finally(() => (this.underWay = undefined)));
  }

  private async ensureOnce(): Promise<void> {
    const { stream, group, startAfter } = this.options;
    const reply = await this.commands.ensure(startAfter, this.isKnown);
    const { outcome, at, lastDelivered, length, putBack, life, marksError } = reply;
    this.isKnown = true;
    this.life.learn(life);
    if (marksError) this.marks.found(new Error(marksError));
    if (outcome === 'created') {
      const ahead =
        at === '0-0' ? `${length} entries to process` : at === '$' ? 'only new entries' : `entries after ${at}`;
      this.log.log(`${stream}: created the group '${group}' with ${ahead}.`);
    } else if (outcome === 'restored') {
      const again =
        lastDelivered && at !== lastDelivered ? `; those up to ${lastDelivered} that were done run again` : '';
      const owners = putBack > 0 ? `, with ${putBack} pending ones put back to their owners` : '';
      this.log.error(
        `${stream}: the group '${group}' had vanished. Created it again after entry ${at}${owners}${again}.`,
      );
    }
  }
}
