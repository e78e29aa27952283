import type { ClaimDueCommand, ClaimedEntry, ClaimReply } from '../../model/ports/claims.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { groupOf, type StoredMember } from '../store/stored-member.js';

/** As the script of that name does. */
export function claimDue(member: StoredMember, { limit, notThese, late }: ClaimDueCommand): ClaimReply {
  const { stream, group, consumer } = member;
  const retries = stream.retriesOf(group);
  const { now } = stream.clock;
  const busy = new Set(notThese);
  const dueByServer = retries.all().filter(({ dueAt }) => dueAt <= now);
  const dueByWorker = late.filter((id) => (retries.dueAt(id) ?? 0) > now);
  const claimed: ClaimedEntry[] = [];
  const deleted: string[] = [];
  const pause = stream.pauseOf(group);
  if (pause) {
    const nothing = { claimed, deleted, cancels: new Map<string, string>() };
    return { serverNow: now, nextDueAt: undefined, nextDelayedAt: stream.nextDelayedAt, ...nothing, pause };
  }
  for (const id of [...dueByServer.map((retry) => retry.id), ...dueByWorker]) {
    if (claimed.length + deleted.length >= limit) break;
    if (busy.has(id)) continue;
    retries.delete(id);
    const found = groupOf(member);
    const pending = found.pending.get(id);
    // Settled by others, or run by somebody: it is only taken out of the schedule.
    if (pending?.consumer !== RETRY_CONSUMER) continue;
    const deliveryCount = pending.deliveryCount + 1;
    const entry = found.claim(id, consumer, { deliveryCount });
    if (entry) claimed.push({ ...entry, deliveryCount, from: undefined });
    else deleted.push(id);
  }
  const nextDueAt = retries.all().find(({ id }) => !busy.has(id))?.dueAt;
  const tasks = stream.tasksOf(group);
  for (const id of deleted) tasks.lives.delete(id);
  const ids = claimed.map(({ id }) => id);
  return {
    serverNow: now,
    nextDueAt,
    nextDelayedAt: stream.nextDelayedAt,
    claimed,
    deleted,
    cancels: tasks.cancelsAmong(ids),
    owed: tasks.owedAmong(ids),
    lives: tasks.livesAmong(ids),
  };
}
