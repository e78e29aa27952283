import type { Group } from '../../model/ports/group.js';
import type { EngineEvents } from '../events.js';
import type { KnownLife } from './known-life.js';
import type { MarksProblem } from './marks-problem.js';
import type { Pause } from './pause.js';

export interface GroupSetupParts {
  readonly group: Group;
  readonly life: KnownLife;
  readonly marks: MarksProblem;
  readonly pause: Pause;
  readonly events: EngineEvents;
}

/** Sees to it that the group exists, and tells what it found. */
export class GroupSetup {
  private isKnown = false;
  private underWay: Promise<void> | undefined;

  constructor(
    private readonly startAfter: string,
    private readonly parts: GroupSetupParts,
  ) {}

  /** Creates the group where it is missing: a new one by `startFrom`, a vanished one where it had got to. Whoever misses it calls this. */
  ensure(): Promise<void> {
    return (this.underWay ??= this.ensureOnce().finally(() => (this.underWay = undefined)));
  }

  private async ensureOnce(): Promise<void> {
    const { group, life, marks, pause, events } = this.parts;
    const notePause = pause.overhear();
    const reply = await group.ensure(this.startAfter, this.isKnown);
    this.isKnown = true;
    life.learn(reply.life);
    notePause(reply);
    if (reply.marksFailure) marks.found(reply.marksFailure);
    if (reply.outcome === 'created') events.emit({ type: 'groupCreated', reply });
    if (reply.outcome === 'restored') events.emit({ type: 'groupRestored', reply });
  }
}
