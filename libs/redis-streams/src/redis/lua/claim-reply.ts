import type { OwnedEntry } from '../../model/entry.js';

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

/** What all scripts that claim begin their reply with. */
export type RawClaimReply = [serverNow: number, nextDue: string | null, claimed: RawClaim[], gone: string[]];

type RawClaim = [id: string, deliveryCount: number, fields: string[], from?: string];

export function asClaimReply([serverNow, nextDue, claimed, gone]: readonly [
  ...RawClaimReply,
  ...unknown[],
]): ClaimReply {
  return { serverNow, nextDueAt: asTime(nextDue), claimed: claimed.map(asClaimedEntry), gone };
}

/** A score of `inf`, which only somebody else can have set, is never due. */
function asTime(score: string | null): number | undefined {
  const time = score === null ? Infinity : Number(score);
  return Number.isFinite(time) ? time : undefined;
}

function asClaimedEntry([id, deliveryCount, fields, from]: RawClaim): ClaimedEntry {
  return { id, deliveryCount, fields, from };
}
