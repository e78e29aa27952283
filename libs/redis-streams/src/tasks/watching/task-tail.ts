import { goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import type { Ear, OutputEntry, TaskKey, TaskStore } from '../../model/ports/tasks/task-store.js';
import { previousEntryId } from '../../wire/entry-id.js';
import { BEGINNING } from './cursor.js';
import type { Watcher } from './watcher.js';

/** Between two looks at a task of which nothing is heard, in milliseconds: doubling from the first to the last. */
const FIRST_POLL_MS = 250;
const LAST_POLL_MS = 2_000;
/** While chunks come, how the task stands is looked at no more often. */
const LOOK_EVERY_MS = 250;
/** How long a script rings for who has looked; each look renews it. */
const EAR_MS = 5_000;
/** Entries of one look. */
const PAGE = 500;

/**
 * All who watch one task in this process: who has come as far as others shares their looks. Looks when something was rung, and from time
 * to time; while Redis is away it tries on.
 */
export class TaskTail {
  private readonly watchers = new Set<Watcher>();
  private readonly ear: Ear;
  private isFollowing = false;
  private isRung = false;
  private goOn: (() => void) | undefined;
  private pollMs = FIRST_POLL_MS;
  /** When all there is of the task was looked at last, on performance.now's clock. */
  private lookedAt = -Infinity;

  /** @param onEnd nobody watches it any more */
  constructor(
    private readonly task: TaskKey,
    private readonly store: Pick<TaskStore, 'output'>,
    address: string,
    private readonly onEnd: () => void,
  ) {
    this.ear = { address, forMs: EAR_MS };
  }

  add(watcher: Watcher): void {
    const isFirst = this.watchers.size === 0;
    this.watchers.add(watcher);
    if (isFirst && !this.isFollowing) void this.follow();
    else this.ring();
  }

  delete(watcher: Watcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size === 0) this.ring();
  }

  /** There may be news. */
  ring(): void {
    this.isRung = true;
    this.goOn?.();
  }

  private async follow(): Promise<void> {
    this.isFollowing = true;
    while (this.watchers.size > 0) {
      const { isRung } = this;
      this.isRung = false;
      const isNew = await this.look(isRung);
      this.pollMs = isNew ? FIRST_POLL_MS : Math.min(2 * this.pollMs, LAST_POLL_MS);
      if (!this.isRung && this.watchers.size > 0) await this.ringOrPoll();
    }
    this.isFollowing = false;
    this.onEnd();
  }

  private ringOrPoll(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.goOn = undefined;
        resolve();
      };
      const timer = setTimeout(end, this.pollMs).unref();
      this.goOn = end;
    });
  }

  /** @returns whether anybody was told anything */
  private async look(isRung: boolean): Promise<boolean> {
    let isNew = false;
    const wantsLook = !isRung || performance.now() - this.lookedAt >= LOOK_EVERY_MS;
    for (const position of new Set([...this.watchers].map((watcher) => watcher.position))) {
      isNew =
        (await this.lookFrom(position, wantsLook).catch((error: unknown) => this.failAt(position, error))) || isNew;
    }
    return isNew;
  }

  /** While Redis is away there is nothing to be done; against a right that is missing, or a wrong key, waiting does not help. */
  private failAt(position: string, error: unknown): false {
    if (!goesOnToBeRefused(error)) return false;
    for (const watcher of [...this.watchers]) {
      if (watcher.position !== position) continue;
      this.watchers.delete(watcher);
      watcher.fail(error);
    }
    return false;
  }

  private async lookFrom(position: string, isDue: boolean): Promise<boolean> {
    const there = () => [...this.watchers].filter((watcher) => watcher.position === position);
    const wantsLook = isDue || there().some(({ isNew }) => isNew);
    const page = await this.store.output({ task: this.task, after: position, count: PAGE, wantsLook }, this.ear);
    if (page.look) this.lookedAt = performance.now();
    if (page.entries.length === 0 && there().some(({ isUnproven }) => isUnproven)) await this.prove(position, there());
    let isNew = false;
    for (const watcher of there()) {
      watcher.isUnproven = false;
      isNew = watcher.see(page) || isNew;
      if (watcher.isOver) this.watchers.delete(watcher);
    }
    // Whatever is left is looked at from where it is now.
    if (page.isMore) this.ring();
    return isNew;
  }

  /**
   * Where a position is beyond all that there is, its output was lost, or it never was: it is told anew. Where there is none at all, it
   * may have been, and be gone by now.
   */
  private async prove(position: string, watchers: readonly Watcher[]): Promise<void> {
    const before = await this.firstAfter(previousEntryId(position));
    if (before?.id === position) return;
    const first = await this.firstAfter(BEGINNING.position);
    if (!first) return;
    for (const watcher of watchers) watcher.beginAnew(first);
    this.ring();
  }

  private async firstAfter(position: string): Promise<OutputEntry | undefined> {
    const page = await this.store.output({ task: this.task, after: position, count: 1, wantsLook: false });
    return page.entries[0];
  }
}
