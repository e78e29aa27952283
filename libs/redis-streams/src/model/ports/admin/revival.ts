import type { OperationStep } from './operations.js';

/** More ids one call does not take, as Redis does nothing else meanwhile. */
export const MOST_REVIVED_AT_ONCE = 100;
/** More tasks of a group that live again are not pending at once. */
export const MOST_REVIVED_PENDING = 500;

/** What the new life of tasks begins with. */
export interface RevivalTerms {
  /** Who asks for it. */
  readonly by?: string | undefined;
  /** The bulk action that it is part of. */
  readonly operation?: string | undefined;
  /**
   * From when on the task is not run any more: `+` and milliseconds from now, epoch milliseconds, or `none`. undefined: as its entry says; what is
   * relative there counts anew.
   */
  readonly deadline?: string | undefined;
  /** Headers of whoever asks for it, such as a trace context: kept beside the task's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** Why a task is left as it is. */
export type RevivalObstacle =
  | 'no-group' // the group does not exist
  | 'not-in-stream' // its entry was trimmed or deleted: it can only be copied
  | 'not-delivered' // the group comes to it yet: a read would bring it a second time
  | 'pending' // it waits for a retry, or a worker has it
  | 'past-deadline' // its deadline is a time that has passed: it would expire at once
  | 'too-many-pending' // the group has as much pending as its mark can hold: ask again when that is less
  | 'later'; // this call has read enough: ask again

export type RedriveOutcome =
  | 'redriven'
  | RevivalObstacle
  | 'gone' // there is no such letter any more: somebody else has redriven or purged it
  | 'another-group' // another group's, or no letter of a task
  | 'redriven-before'; // and has died again: only where it is asked for

export type ReplayOutcome =
  | 'replayed'
  | RevivalObstacle
  | 'done-before' // this operation has come to it, or to a later one, and its answer was lost
  | 'dead-lettered' // it has a letter: redrive that
  | 'ended-otherwise'; // it was cancelled, or has expired

interface RevivalCommand {
  readonly stream: string;
  readonly group: string;
  readonly terms: RevivalTerms;
  /** Only tells what would come of it, and does nothing. How much is pending is not looked at then. */
  readonly isDry?: boolean;
  /** The part of a bulk action that this is, which goes on in the same step as far as this gets. */
  readonly step?: OperationStep | undefined;
}

export interface RedriveCommand extends RevivalCommand {
  /** Ids of dead letters, at most `MOST_REVIVED_AT_ONCE`. */
  readonly letterIds: readonly string[];
  /** Also those that were redriven before, and died again. */
  readonly again: boolean;
}

export interface ReplayCommand extends RevivalCommand {
  /** Ids of entries, in their order, at most `MOST_REVIVED_AT_ONCE`. An operation goes from earlier entries to later ones, in all its calls. */
  readonly entryIds: readonly string[];
}

export type CopyOutcome =
  | 'copied'
  | 'gone' // there is no such letter or entry any more
  | 'redriven-before'
  | 'past-deadline'
  | 'too-wide' // more than 3,500 fields, or what a letter has of them cannot be read
  | 'later';

/** Tasks that are added anew to the stream where they died: all of its groups see them. */
export type CopyLettersCommand = Omit<RedriveCommand, 'group' | 'isDry'>;

/** Tasks of the history that are added anew, to their own stream or to another one: all of its groups see them. */
export interface CopyCommand {
  /** Where they come from. */
  readonly stream: string;
  readonly target: string;
  /** At most `MOST_REVIVED_AT_ONCE`. */
  readonly ids: readonly string[];
  /** Each operation copies an entry once. */
  readonly terms: RevivalTerms & { readonly operation: string };
  readonly isDry?: boolean;
}

/** What came of one letter or entry. */
export interface Revived<Outcome> {
  readonly id: string;
  readonly outcome: Outcome;
}

/**
 * Gives tasks a new life in place: the same entry, for one group alone, which is pending again, due at once, with a delivery count that begins anew. No
 * other group notices. Each call is one script, answered or rejected in time, and bears to be repeated: what is done already is an obstacle then.
 */
export interface Revival {
  /**
   * Tasks out of their dead letters, which are deleted in the same step. @returns an outcome for each, in the order of the ids; none where a step
   * may not be taken, and nothing was done
   */
  redrive(command: RedriveCommand): Promise<readonly Revived<RedriveOutcome>[]>;
  /** Tasks that have ended well, marked as replayed. @returns as `redrive` */
  replay(command: ReplayCommand): Promise<readonly Revived<ReplayOutcome>[]>;
  /**
   * Adds tasks anew out of their dead letters, which are deleted in the same step: what their entries had, with an id of its own, and what is known of
   * their lives as a header. @returns as `redrive` @throws RedisFailure where the stream takes no entry
   */
  copyLetters(command: CopyLettersCommand): Promise<readonly Revived<CopyOutcome>[]>;
  /**
   * Adds tasks of the history anew. Asked again within a day, it copies nothing twice. @returns an outcome for each, in the order of the ids
   * @throws RedisFailure where the target takes no entry
   */
  copy(command: CopyCommand): Promise<readonly Revived<CopyOutcome>[]>;
}
