import { PARKING_CONSUMER } from '../model/consumer-name.js';
import type { OwnedEntry } from '../model/entry.js';
import { compareEntryIds } from '../model/entry-id.js';
import type { GroupLife } from '../model/group-life.js';
import type { GroupKeys } from './keys.js';
import type { ControlConnection } from './control-connection.js';
import type { Writes } from './run-script.js';
import { claimDueScript } from './scripts/claim-due.js';
import { ensureGroupScript } from './scripts/ensure-group.js';
import { readLifeScript } from './scripts/read-life.js';
import { leaveScript } from './scripts/leave.js';
import { renewScript } from './scripts/renew.js';
import type { Script } from './scripts/script.js';
import { settleScript } from './scripts/settle.js';
import { pruneConsumersScript } from './scripts/prune-consumers.js';
import { sweepScript } from './scripts/sweep.js';
import { tendHistoryScript } from './scripts/tend-history.js';

/** An entry at the delivery count under which this consumer owns it: the fence of every settlement. */
export interface Ownership {
  readonly entryId: string;
  readonly deliveryCount: number;
}

export interface RetryCommand extends Ownership {
  readonly delayMs: number;
  /** The count to park it with: what the next delivery adds one to. */
  readonly keepCount: number;
}

export interface DeadLetterCommand extends Ownership {
  readonly maxLen: number | undefined;
  readonly headers: readonly string[];
}

export interface SettleCommand {
  readonly acks: readonly Ownership[];
  readonly retries: readonly RetryCommand[];
  readonly deadLetters: readonly DeadLetterCommand[];
}

/**
 * Where an entry is that this consumer does not own as expected: in no pending list, not even in the stream, parked for a
 * retry, or elsewhere.
 */
export type Whereabouts = 'gone' | 'deleted' | 'parked' | 'elsewhere';

export interface SettleReply {
  readonly lost: ReadonlyMap<string, Whereabouts>;
  /** Dead letters that could not be written, with Redis's error. Their entries are as before. */
  readonly failed: ReadonlyMap<string, string>;
  /** Whether it was sent more than once, as after a broken connection: then it may have been settled the first time. */
  readonly wasResent: boolean;
}

export interface ClaimReply {
  readonly serverNow: number;
  /** Server time when the next parked entry is due. */
  readonly nextDueAt: number | undefined;
  readonly claimed: readonly ClaimedEntry[];
  /** Ids that were deleted from the stream before they were handled. */
  readonly gone: readonly string[];
}

export interface ClaimedEntry extends OwnedEntry {
  /** Whose it was; this consumer itself for an entry whose delivery never arrived. undefined for a due retry. */
  readonly from: string | undefined;
}

export interface SweepCommand {
  readonly limit: number;
  /** Server time that the sweep is expected to run at; undefined judges nobody. */
  readonly expectedServerNow: number | undefined;
  readonly disturbances: readonly { readonly ageMs: number; readonly magnitudeMs: number }[];
  readonly foreignAfterMs: number;
  /** The lease by which the calm before judging a foreign consumer is measured. */
  readonly foreignLeaseMs: number;
  readonly from: SweepPosition;
  /** How many entries of other consumers to claim at most. */
  readonly takeOver: number;
  /** Whether to look at the leases of consumers that hold nothing, too. */
  readonly looksAround: boolean;
  readonly running: readonly string[];
}

/** Where a sweep that did not get to the end goes on. */
export interface SweepPosition {
  readonly consumer: string;
  readonly id: string;
}

export interface SweepReply extends ClaimReply {
  readonly next: SweepPosition;
  /** The shortest lease among the other consumers that hold entries, or among all others where it looked around, in milliseconds. */
  readonly shortestLeaseMs: number | undefined;
  /** Whether it left entries of dead consumers behind. */
  readonly isMoreToTakeOver: boolean;
  /** All consumers of the group, this one included; 0 where it did not look around. */
  readonly consumers: number;
}

export interface EnsureGroupReply {
  readonly outcome: 'exists' | 'created' | 'restored';
  readonly at: string;
  readonly lastDelivered: string;
  readonly length: number;
  /** Pending entries that were put back to their owners. */
  readonly putBack: number;
  readonly life: GroupLife | undefined;
  /** Redis's error where the marks cannot be used. */
  readonly marksError: string | undefined;
}

export interface ReadLifeReply {
  readonly life: GroupLife;
  /** Between which ids entries come again because the group was restored: after the first, up to and with the second. */
  readonly again: { readonly from: string; readonly to: string } | undefined;
}

export interface TendHistoryCommand {
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
  readonly isCalm: boolean;
}

export interface TendHistoryReply {
  readonly isMoreToTrim: boolean;
  /** Pending entries of the group. */
  readonly pending: number;
  readonly life: GroupLife;
}

/** Longer than any lease. */
const FOREVER_MS = 1e12;

type RawClaim = [id: string, deliveryCount: number, fields: string[], from?: string];

/** All that one consumer says to Redis about one stream and group, but for its blocking read. */
export class GroupCommands {
  constructor(
    private readonly control: ControlConnection,
    readonly keys: GroupKeys,
    private readonly group: string,
    private readonly consumer: string,
  ) {}

  async settle({ acks, retries, deadLetters }: SettleCommand): Promise<SettleReply> {
    const [first, last] = idRange(acks, retries, deadLetters);
    let atFirst = '';
    const others: (string | number)[] = [];
    for (const { entryId, deliveryCount } of acks) {
      if (deliveryCount === 1) atFirst += `${entryId} `;
      else others.push(entryId, deliveryCount);
    }
    const args = [this.group, this.consumer, PARKING_CONSUMER, first, last, atFirst, others.length / 2, ...others];
    args.push(retries.length);
    for (const { entryId, deliveryCount, delayMs, keepCount } of retries) {
      args.push(entryId, deliveryCount, delayMs, keepCount);
    }
    args.push(deadLetters.length);
    for (const { entryId, deliveryCount, maxLen, headers } of deadLetters) {
      args.push(entryId, deliveryCount, maxLen ?? 0, headers.length, ...headers);
    }
    const { stream, retry, dead } = this.keys;
    const writes: Writes = { count: 0 };
    const [lost, failed] = await this.run<[string[], string[]]>(settleScript, [stream, retry, dead], args, writes);
    return { lost: pairs(lost), failed: pairs(failed), wasResent: writes.count > 1 };
  }

  async renew(ids: readonly string[]): Promise<{ serverNow: number; lost: ReadonlyMap<string, Whereabouts> }> {
    const [serverNow, lost] = await this.run<[number, string[]]>(
      renewScript,
      [this.keys.stream],
      [this.group, this.consumer, PARKING_CONSUMER, ...idRange(ids.map((entryId) => ({ entryId }))), ...ids],
    );
    return { serverNow, lost: pairs(lost) };
  }

  /** @param late ids that are due whatever the server's clock says */
  async claimDue(limit: number, notThese: readonly string[], late: readonly string[]): Promise<ClaimReply> {
    const [serverNow, nextDue, claimed, gone] = await this.run<[number, string | null, RawClaim[], string[]]>(
      claimDueScript,
      [this.keys.stream, this.keys.retry],
      [this.group, this.consumer, PARKING_CONSUMER, limit, late.length, ...late, ...notThese],
    );
    return { serverNow, nextDueAt: asTime(nextDue), claimed: claimed.map(asClaimedEntry), gone };
  }

  async sweep(command: SweepCommand): Promise<SweepReply> {
    const { from, disturbances } = command;
    const args = [
      ...[this.group, this.consumer, PARKING_CONSUMER, command.limit, Math.round(command.expectedServerNow ?? 0)],
      ...[
        command.foreignAfterMs,
        command.foreignLeaseMs,
        from.consumer,
        from.id,
        command.takeOver,
        command.looksAround ? 1 : 0,
      ],
      disturbances.length,
      ...disturbances.flatMap(({ ageMs, magnitudeMs }) => [
        Math.floor(ageMs),
        Math.ceil(Math.min(magnitudeMs, FOREVER_MS)),
      ]),
      ...command.running,
    ];
    const reply = await this.run<[number, string | null, RawClaim[], string[], string, string, number, number, number]>(
      sweepScript,
      [this.keys.stream, this.keys.retry],
      args,
    );
    const [serverNow, nextDue, claimed, gone, consumer, id, shortest, isMore, consumers] = reply;
    return {
      serverNow,
      nextDueAt: asTime(nextDue),
      claimed: claimed.map(asClaimedEntry),
      gone,
      next: { consumer, id },
      shortestLeaseMs: shortest || undefined,
      isMoreToTakeOver: isMore === 1,
      consumers,
    };
  }

  /** @param known whether this process has seen the group before: then it is never created at `$` */
  async ensureGroup(startAfter: string, known: boolean): Promise<EnsureGroupReply> {
    const [outcome, at, lastDelivered, length, putBack, lifeId, restores, marksError] = await this.run<
      [EnsureGroupReply['outcome'], string, string, number, number, string, number, string]
    >(ensureGroupScript, [this.keys.stream, this.keys.marks], [this.group, startAfter, known ? 1 : 0]);
    const life = lifeId === '' ? undefined : { id: lifeId, restores };
    return { outcome, at, lastDelivered, length, putBack, life, marksError: marksError || undefined };
  }

  /** undefined when nobody can tell. */
  async readLife(): Promise<ReadLifeReply | undefined> {
    const { stream, marks } = this.keys;
    const reply = await this.run<[string, number, string, string] | null>(
      readLifeScript,
      [stream, marks],
      [this.group],
    );
    if (!reply) return undefined;
    const [id, restores, from, to] = reply;
    return { life: { id, restores }, again: to === '' ? undefined : { from, to } };
  }

  /** undefined when the group is gone. */
  async tendHistory(command: TendHistoryCommand): Promise<TendHistoryReply | undefined> {
    const { reporter, finished, counted, maxEntries = -1, maxAgeMs, abandonGroupAfterMs, foreignAfterMs } = command;
    const reply = await this.run<[number, number, string, number] | null>(
      tendHistoryScript,
      [this.keys.stream, this.keys.marks],
      [
        ...[this.group, reporter, finished, counted, maxEntries, maxAgeMs],
        ...[abandonGroupAfterMs, foreignAfterMs, command.isCalm ? 1 : 0],
      ],
    );
    if (!reply) return undefined;
    const [isMore, pending, id, restores] = reply;
    return { isMoreToTrim: isMore === 1, pending, life: { id, restores } };
  }

  /** Asks whether the server can trim by id (6.2 and later), in a way that trims nothing. */
  async canTrimById(): Promise<boolean> {
    return this.control.client.call('XTRIM', [this.keys.stream, 'MINID', '0-0']).then(
      () => true,
      () => false,
    );
  }

  /** @returns the names of the removed ones */
  pruneConsumers(silenceMs: number): Promise<string[]> {
    return this.run(pruneConsumersScript, [this.keys.stream], [this.group, this.consumer, silenceMs]);
  }

  /** @returns the number of entries handed back */
  leave(): Promise<number> {
    return this.run(leaveScript, [this.keys.stream, this.keys.retry], [this.group, this.consumer, PARKING_CONSUMER]);
  }

  private run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    writes?: Writes,
  ): Promise<Reply> {
    return this.control.run<Reply>(script, keys, args, writes);
  }
}

function idRange(...lists: readonly (readonly { readonly entryId: string }[])[]): [first: string, last: string] {
  let first: string | undefined;
  let last: string | undefined;
  for (const list of lists) {
    for (const { entryId } of list) {
      if (first === undefined || compareEntryIds(entryId, first) < 0) first = entryId;
      if (last === undefined || compareEntryIds(entryId, last) > 0) last = entryId;
    }
  }
  return [first ?? '-', last ?? '+'];
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

function pairs<Value extends string>(flat: readonly string[]): ReadonlyMap<string, Value> {
  if (flat.length === 0) return NONE;
  const map = new Map<string, Value>();
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i]!, flat[i + 1] as Value);
  return map;
}

/** A score of `inf`, which only somebody else can have set, is never due. */
function asTime(score: string | null): number | undefined {
  const time = score === null ? Infinity : Number(score);
  return Number.isFinite(time) ? time : undefined;
}

function asClaimedEntry([id, deliveryCount, fields, from]: RawClaim): ClaimedEntry {
  return { id, deliveryCount, fields, from };
}
