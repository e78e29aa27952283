/** Of what a schedule is made, as far as Redis keeps it. Times are epoch milliseconds by Redis's clock. */
export interface StoredSchedule {
  readonly name: string;
  /** Of one made at run time: what it is, as it was put. undefined for one that is declared in code. */
  readonly spec: string | undefined;
  /** No tick at or before this one makes a task any more. */
  readonly lastTickAt: number;
  /** The task of the last tick that made one. */
  readonly lastTaskId: string | undefined;
  readonly paused: { readonly at: number; readonly reason: string } | undefined;
}

export interface StoredSchedules {
  readonly serverNow: number;
  readonly schedules: readonly StoredSchedule[];
}

export interface ScheduleChanges {
  readonly serverNow: number;
  /** The streams for which schedules were made at run time, each with a text that is another one after each change. */
  readonly streams: ReadonlyMap<string, string>;
}

/** A schedule that is declared in code. */
export interface DeclaredSchedule {
  readonly name: string;
  /** Of what its ticks follow: where that changes it begins anew. */
  readonly spec: string;
}

/** A tick that is to make a task. */
export interface TickProposal {
  readonly name: string;
  /** Of one made at run time: nothing happens where it is another by now. undefined for one that is declared in code. */
  readonly spec: string | undefined;
  readonly tickAt: number;
  /** Not before this. */
  readonly dueAt: number;
  /** Nothing is added while the task of an earlier tick has not ended in all groups. */
  readonly skipsOverlap: boolean;
  /** The entry to be, names and values in turn. */
  readonly fields: readonly string[];
}

/**
 * What came of it. `added`: it made the task `detail`; `skipped`: an earlier one, `detail`, goes on; `done`: it, or a later one, was
 * there before; `early`: by Redis's clock it is not due; `paused`; `stale`: the schedule is not there any more, or is another; `failed`: Redis refused the
 * entry, for the reason `detail`, and nothing was written.
 */
export interface TickOutcome {
  readonly kind: 'added' | 'skipped' | 'done' | 'early' | 'paused' | 'stale' | 'failed';
  readonly detail: string;
  /** No tick at or before this one makes a task any more. */
  readonly lastTickAt: number;
}

export interface TickReply {
  readonly serverNow: number;
  /** In the order of the proposals. */
  readonly outcomes: readonly TickOutcome[];
}

/** What Redis keeps of schedules. Each call is answered or rejected in time, and bears to be repeated. */
export interface ScheduleStore {
  changes(): Promise<ScheduleChanges>;
  /**
   * All of a stream. Of declared ones that Redis does not know, or knows with another spec, no tick up to now counts; nor of those whose last tick is more than
   * a day ahead, as Redis's clock was set back since.
   */
  learn(stream: string, declared: readonly DeclaredSchedule[]): Promise<StoredSchedules>;
  /** Makes at most one task of each tick, whoever else proposes it. */
  propose(stream: string, proposals: readonly TickProposal[]): Promise<TickReply>;
  /** Makes a schedule, or makes it another one: no tick up to now counts then. */
  put(stream: string, name: string, spec: string): Promise<void>;
  /** Ends one that was made at run time. @returns whether there was one */
  remove(stream: string, name: string): Promise<boolean>;
  /** @returns whether there is such a schedule */
  pause(stream: string, name: string, reason: string): Promise<boolean>;
  /** Ticks of the pause do not count. @returns whether there is such a schedule */
  resume(stream: string, name: string): Promise<boolean>;
}
