import type { RawEntry } from '../../model/entry.js';
import type { ClaimedEntry } from '../../model/ports/claims.js';
import type { Group } from '../../model/ports/group.js';
import { CHECK_READ_LATER_THAN } from '../../model/policy/lease-rule.js';
import { compareEntryIds } from '../../wire/entry-id.js';
import type { DoneBefore } from '../group/done-before.js';
import type { Pause } from '../group/pause.js';
import type { Runner } from '../runs/runner.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import type { Claims } from '../upkeep/claims.js';
import type { LeaseKeeper } from '../upkeep/lease-keeper.js';

export interface IntakeParts {
  readonly group: Group;
  readonly claims: Claims;
  readonly leases: LeaseKeeper;
  readonly doneBefore: DoneBefore;
  readonly pause: Pause;
  readonly runner: Runner;
}

/** Which of the entries that reach this process are started: all but those that are others' by now, or done already. */
export class Intake {
  /** The greatest id that was read or claimed: a greater one is new to this process. */
  private lastId = '0-0';
  private isClosed = false;

  constructor(
    private readonly options: SubscriptionOptions,
    private readonly parts: IntakeParts,
  ) {}

  /** From now on nothing is started, whatever is still on its way. */
  close(): void {
    this.isClosed = true;
  }

  /** A group delivers ids in order, and only once, unless it was created again. */
  areNew([first]: readonly RawEntry[]): boolean {
    return first !== undefined && compareEntryIds(first.id, this.lastId) > 0;
  }

  /** A process or a link that was frozen meanwhile may have lost what it read to others. */
  mayBeLost(entries: readonly RawEntry[], lateMs: number): boolean {
    return entries.length > 0 && lateMs > this.options.leaseMs * CHECK_READ_LATER_THAN;
  }

  async stillHeld(entries: readonly RawEntry[]): Promise<readonly RawEntry[]> {
    const lost = await this.parts.leases.renewUnstarted(entries.map(({ id }) => id));
    return entries.filter(({ id }) => !lost.has(id));
  }

  /**
   * What arrives when the group is paused goes back, and is not started.
   * @returns whether it did
   */
  async withhold(entries: readonly { readonly id: string }[]): Promise<boolean> {
    const { group, pause } = this.parts;
    while (!pause.isOpen && entries.length > 0) {
      const notePause = pause.ask();
      const reply = await group.withhold(entries.map(({ id }) => id));
      notePause(reply);
      if (reply.pause) return true;
    }
    return false;
  }

  /** Starts what a read brought. */
  async startRead(entries: readonly RawEntry[]): Promise<void> {
    const { runner, doneBefore, pause } = this.parts;
    if (!pause.isOpen && (await this.withhold(entries))) return;
    if (this.areNew(entries)) {
      runner.startNew(entries);
    } else {
      const done = await doneBefore.amongRead(entries.map(({ id }) => id));
      if ((!pause.isOpen && (await this.withhold(entries))) || this.isClosed) return;
      runner.startAgain(
        entries.map(({ id, fields }) => ({ id, fields, deliveryCount: 1 })),
        done,
      );
    }
    this.note(entries.at(-1)!.id);
  }

  /**
   * Claims up to `limit` entries that were delivered before, and starts them.
   * @returns how many it claimed
   */
  async claimAndStart(limit: number): Promise<number> {
    const { claims, runner, doneBefore, pause } = this.parts;
    const claimed = await claims.claim(limit);
    for (const { id } of claimed) this.note(id);
    const toRun = claimed.filter(({ cancelReason, owed }) => cancelReason === undefined && !owed);
    // Pending here though nothing runs for them: their delivery never arrived, or they came back with a lost group.
    const own = toRun.filter(({ from }) => from === this.options.consumer);
    // What was done in an earlier life is not done in this one.
    const done = await doneBefore.amongPending(own.flatMap(({ id, life }) => (life ? [] : [id])));
    if (!pause.isOpen && (await this.withholdClaimed(claimed))) return claimed.length;
    if (this.isClosed) return claimed.length;
    runner.startAgain(own, done);
    runner.startAgain(toRun.filter(({ from }) => from === undefined));
    for (const entry of toRun) if (claims.isSuspect(entry)) runner.startSuspect(entry);
    for (const entry of claimed) this.endWithoutRun(entry);
    return claimed.length;
  }

  private async withholdClaimed(claimed: readonly ClaimedEntry[]): Promise<boolean> {
    let isWithheld = true;
    try {
      isWithheld = await this.withhold(claimed);
      return isWithheld;
    } finally {
      if (isWithheld) for (const entry of claimed) this.freePlaceOf(entry);
    }
  }

  /** One that is done, or that somebody has asked to cancel. */
  private endWithoutRun(entry: ClaimedEntry): void {
    if (entry.owed) {
      this.freePlaceOf(entry);
      this.parts.runner.endOwing(entry, entry.owed);
    } else if (entry.cancelReason !== undefined) {
      this.freePlaceOf(entry);
      this.parts.runner.endCancelled(entry, entry.cancelReason);
    }
  }

  private freePlaceOf(entry: ClaimedEntry): void {
    const { claims } = this.parts;
    if (claims.isSuspect(entry)) claims.freeSuspectPlace();
  }

  private note(id: string): void {
    if (compareEntryIds(id, this.lastId) > 0) this.lastId = id;
  }
}
