import type { Owed } from '../../model/ports/settlement.js';
import type { ClaimedEntry, ClaimReply } from '../../model/ports/claims.js';
import type { TaskLife } from '../../model/tasks/task-life.js';
import { readOwed } from '../../wire/tasks/chains/owed.js';
import { readLife } from '../../wire/tasks/life.js';
import { pairs } from './pairs.js';
import { asPause, type RawPause } from './pause-of.js';

/** What all scripts that claim begin their reply with. */
export type RawClaimReply = [
  serverNow: number,
  nextDue: string | null,
  claimed: RawClaim[],
  deleted: string[],
  cancels: string[],
  nextDelayed: string | null,
  owed: string[],
  pause: RawPause,
  lives: string[],
];

type RawClaim = [id: string, deliveryCount: number, fields: string[], from?: string];

export function asClaimReply([
  serverNow,
  nextDue,
  claimed,
  deleted,
  cancels,
  nextDelayed,
  owed,
  pause,
  lives,
]: readonly [...RawClaimReply, ...unknown[]]): ClaimReply {
  return {
    serverNow,
    nextDueAt: asTime(nextDue),
    nextDelayedAt: asTime(nextDelayed),
    claimed: claimed.map(asClaimedEntry),
    deleted,
    cancels: pairs(cancels),
    ...(owed.length > 0 && { owed: asOwed(pairs(owed)) }),
    ...(pause && { pause: asPause(pause) }),
    ...(lives.length > 0 && { lives: asLives(pairs(lives)) }),
  };
}

function asOwed(stored: ReadonlyMap<string, string>): ReadonlyMap<string, Owed> {
  return new Map([...stored].flatMap(([id, text]) => (readOwed(text) ? [[id, readOwed(text)!]] : [])));
}

function asLives(stored: ReadonlyMap<string, string>): ReadonlyMap<string, TaskLife> {
  return new Map([...stored].flatMap(([id, text]) => (readLife(text) ? [[id, readLife(text)!]] : [])));
}

/** A score of `inf`, which only somebody else can have set, is never due. */
function asTime(score: string | null): number | undefined {
  const time = score === null ? Infinity : Number(score);
  return Number.isFinite(time) ? time : undefined;
}

function asClaimedEntry([id, deliveryCount, fields, from]: RawClaim): ClaimedEntry {
  return { id, deliveryCount, fields, from };
}
