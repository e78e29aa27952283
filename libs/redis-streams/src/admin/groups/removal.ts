import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { RemovalRefusedError } from '../../model/errors/group-errors.js';
import type { ConsumerRemoval, GroupRemoval } from '../../model/groups/group-removal.js';
import { GONE_AFTER_MS } from '../../model/policy/presence-rule.js';
import type { GroupKey, RemoveConsumerReply, RemoveGroupReply } from '../../model/ports/admin/groups.js';
import { didYouMean } from '../../options/checks/closest.js';

/**
 * @param wasMeant it was no dry run
 * @throws RemovalRefusedError where something speaks against what was meant
 */
export function groupRemoval(key: GroupKey, reply: RemoveGroupReply, call: string, wasMeant: boolean): GroupRemoval {
  const { isRemoved, pending, hasBacklog, there, lately } = reply;
  const objections = [
    there.length > 0 && `it has workers, which would create it again: stop ${listed(there)}`,
    lately.length > 0 && `consumers were heard of in the last ${GONE_AFTER_MS / 1_000} s: ${listed(lately)}`,
    pending > 0 && `${pending} entries were delivered and are not finished`,
    hasBacklog && 'it has not been given all entries yet',
  ].filter((objection) => objection !== false);
  const removal: GroupRemoval = { ...key, isRemoved, pending, hasBacklog, alive: [...there, ...lately], objections };
  if (wasMeant && !isRemoved) {
    const remedy =
      there.length > 0 ? '' : ' With force: true it is removed all the same, and these are never run there.';
    throw new RemovalRefusedError(
      removal,
      `${call}: the group '${key.group}' is not removed: ${objections.join('; ')}.${remedy}`,
    );
  }
  return removal;
}

/** @throws RemovalRefusedError where something speaks against what was meant, RedisStreamsConfigError for one that is not there */
export function consumerRemoval(
  key: GroupKey & { readonly consumer: string },
  { found, isRemoved, consumers, pending }: RemoveConsumerReply,
  call: string,
  wasMeant: boolean,
): ConsumerRemoval {
  const { consumer, group } = key;
  if (!found)
    throw new RedisStreamsConfigError(
      `${call}: the group '${group}' has no consumer '${consumer}'.${didYouMean(consumer, consumers)} ` +
        `Its consumers: ${consumers.length > 0 ? consumers.join(', ') : 'none'}.`,
    );
  const { idleMs, isAlive } = found;
  const heard = idleMs === undefined ? '' : `, and was heard of ${idleMs} ms ago`;
  const objections = isAlive ? [`it is there, or may be${heard}: what it runs would run twice`] : [];
  const removal: ConsumerRemoval = { ...key, isRemoved, handedOver: pending, idleMs, objections };
  if (wasMeant && !isRemoved)
    throw new RemovalRefusedError(
      removal,
      `${call}: the consumer is not removed: ${objections.join('; ')}. Stop it, or give force: true.`,
    );
  return removal;
}

function listed(names: readonly string[]): string {
  return names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
}
