import type { GroupLife } from '../groups/group-life.js';
import type { GroupPause } from '../groups/group-pause.js';
import type { ClaimDueCommand, ClaimReply, SweepCommand, SweepReply } from './claims.js';
import type { Forwarding } from './tasks/forwarding.js';
import type { RunOutput } from './output.js';
import type { RedisFailure } from './redis-failure.js';
import type { Holder, SettleCommand, SettleReply } from './settlement.js';

/**
 * All that one consumer says about its stream and group, but for its blocking read. Every call ends in time: it is answered, or
 * rejects with a `RedisFailure`. One that was rejected may have run; all of them bear to be repeated.
 */
export interface Group extends RunOutput, Forwarding {
  /** Where the group's mark is kept, for messages. */
  readonly marksKey: string;
  /** Creates the group where it is missing. @param isKnown this process has seen it before: then it is never created at `$` */
  ensure(startAfter: string, isKnown: boolean): Promise<EnsureGroupReply>;
  /** Carries verdicts out, each only if this consumer still holds the entry at the same delivery count. */
  settle(command: SettleCommand): Promise<SettleReply>;
  /** Renews the leases of the given entries where this consumer still holds them. */
  renew(ids: readonly string[]): Promise<RenewReply>;
  /** Claims entries whose retry is due; their delivery count goes up by one. None while the group is paused. */
  claimDue(command: ClaimDueCommand): Promise<ClaimReply>;
  /** Claims entries that nobody works on, none while the group is paused; and says that this consumer is there. */
  sweep(command: SweepCommand): Promise<SweepReply>;
  /** Where the group is paused, hands back what of these this consumer holds, uncounted: it was delivered, and is not started. */
  withhold(ids: readonly string[]): Promise<WithholdReply>;
  /** In which life the group is; undefined when nobody can tell. */
  readLife(): Promise<ReadLifeReply | undefined>;
  /** Saves the group's mark and trims the stream's history, one call at a time; undefined when the group is gone. */
  trimHistory(command: TrimHistoryCommand): Promise<TrimHistoryReply | undefined>;
  /** Removes dead consumers that hold nothing. @returns their names */
  pruneConsumers(silenceMs: number): Promise<readonly string[]>;
  /** Says that this consumer is there, with so many slots, of which stuck runs hold so many: see `PRESENT_FOR_MS`. */
  sayPresent(slots: number, stuck: number): Promise<PresenceReply>;
  /** Hands back all that this consumer still holds, uncounted, and removes it. @returns how many entries those were */
  leave(): Promise<number>;
}

export interface RenewReply {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** What this consumer holds no more. */
  readonly lost: ReadonlyMap<string, Holder>;
  /** What this consumer holds and somebody has asked to cancel, by id, with the reason, which may be empty. */
  readonly cancels: ReadonlyMap<string, string>;
  /** undefined where the group is not paused. */
  readonly pause?: GroupPause | undefined;
}

export interface PresenceReply {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** undefined where the group is not paused. */
  readonly pause: GroupPause | undefined;
}

export interface WithholdReply {
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** undefined where the group is not paused: then nothing was handed back. */
  readonly pause: GroupPause | undefined;
}

export interface EnsureGroupReply {
  readonly outcome: 'exists' | 'created' | 'restored';
  /** The id it was created at. */
  readonly at: string;
  /** Before it vanished, or was removed; empty where that is not known. */
  readonly lastDelivered: string;
  /** Entries in the stream. */
  readonly length: number;
  /** Pending entries that were put back to their owners. */
  readonly putBack: number;
  readonly life: GroupLife | undefined;
  /** Why the marks cannot be used. */
  readonly marksFailure: RedisFailure | undefined;
  /** Epoch milliseconds, by the server's clock. */
  readonly serverNow: number;
  /** undefined where the group is not paused. */
  readonly pause: GroupPause | undefined;
}

export interface ReadLifeReply {
  readonly life: GroupLife;
  /** Between which ids entries come again because the group was restored: after the first, up to and with the second. */
  readonly again: { readonly from: string; readonly to: string } | undefined;
}

export interface TrimHistoryCommand {
  /** A name for this process that no other one has. */
  readonly reporter: string;
  /** Entries that this process has finished since it started, so that a command that is sent twice counts once. */
  readonly finished: number;
  /** Those of them that an earlier command has counted, as far as its answer came. */
  readonly counted: number;
  /** Finished entries to keep; undefined: all. */
  readonly maxEntries: number | undefined;
  /** 0: age does not matter. */
  readonly maxAgeMs: number;
  /** 0: groups are never abandoned. */
  readonly abandonGroupAfterMs: number;
  readonly foreignAfterMs: number;
  /** Whether silence can be judged: after a disturbance all look silent. */
  readonly isStable: boolean;
}

export interface TrimHistoryReply {
  readonly isMoreToTrim: boolean;
  /** Pending entries of the group. */
  readonly pending: number;
  readonly life: GroupLife;
}
