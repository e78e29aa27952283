import { compareEntryIds } from '../../wire/entry-id.js';
import { isRestoredSince } from '../../model/groups/group-life.js';
import type { Group } from '../../model/ports/group.js';
import type { KnownLife } from './known-life.js';
import type { RecentlyAcked } from './recently-acked.js';

const NONE: ReadonlySet<string> = new Set();

/**
 * Tells which entries that come again are done: this process acked them, and since then the group was lost and restored from
 * a mark that did not know it yet. An entry that comes again for another reason (XGROUP SETID, a group created by hand,
 * marks that were deleted) is to run again, and so it is where nobody can tell.
 */
export class DoneBefore {
  constructor(
    private readonly group: Group,
    private readonly life: KnownLife,
    private readonly recentlyAcked: RecentlyAcked,
  ) {}

  /** Of entries that a read brought again. */
  amongRead(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.among(ids, true);
  }

  /** Of entries that were pending here though nothing runs for them. */
  amongPending(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.among(ids, false);
  }

  /** Asks Redis only where this process knows one of them: the group may have been restored by another. Never rejects. */
  private async among(ids: readonly string[], wereRead: boolean): Promise<ReadonlySet<string>> {
    const acked = ids.filter((id) => this.recentlyAcked.lifeOf(id) !== undefined);
    if (acked.length === 0) return NONE;
    const found = await this.group.readLife().catch(() => undefined);
    if (!found) return NONE;
    const { life, again } = found;
    this.life.learn(life);
    const mayComeAgain = (id: string) =>
      !wereRead || (again && compareEntryIds(id, again.from) > 0 && compareEntryIds(id, again.to) <= 0);
    return new Set(acked.filter((id) => isRestoredSince(this.recentlyAcked.lifeOf(id), life) && mayComeAgain(id)));
  }
}
