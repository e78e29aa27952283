import type { DeliverCommand, DeliverReply } from '../../model/ports/tasks/forwarding.js';
import type { ForwardCommand, Holder, Owed, SettleReply } from '../../model/ports/settlement.js';
import { groupOf, holderOf, type StoredMember } from '../store/stored-member.js';
import { acked } from './settle.js';

/** As the script for tasks that forward does. */
export function ackForwards(
  member: StoredMember,
  commands: readonly ForwardCommand[],
): Pick<SettleReply, 'lost' | 'owing'> {
  const lost = new Map<string, Holder>();
  const owing = new Map<string, Owed>();
  for (const command of commands) {
    const { entryId, deliveryCount } = command;
    const held = groupOf(member).pending.get(entryId);
    if (held?.consumer !== member.consumer || held.deliveryCount !== deliveryCount) {
      lost.set(entryId, holderOf(member, entryId));
      continue;
    }
    const owed = forward(member, command);
    if (owed) owing.set(entryId, owed);
    else acked(member, command);
  }
  return { lost, owing: owing.size > 0 ? owing : undefined };
}

/** @returns what it owes, where it cannot be acked */
function forward(member: StoredMember, { entryId, forwards, note }: ForwardCommand): Owed | undefined {
  const tasks = member.stream.tasksOf(member.group);
  const { owed, next } = tasks;
  const stored = owed.get(entryId);
  const isDelivered = forwards.every(({ id }) => id !== undefined);
  if (stored && !isDelivered) return stored;
  if (!next.has(entryId)) {
    const targets = forwards.map(({ stream }) => member.streamOf(stream));
    if (!isDelivered && targets.some(({ isElsewhere, addError }) => isElsewhere || addError !== undefined)) {
      const owes = {
        forwards: forwards.map(({ stream, fields }) => ({ stream, fields })),
        note: note && { ...note, fields: [] },
      };
      owed.set(entryId, owes);
      if (note) tasks.note(entryId, note.fields);
      return owes;
    }
    const ids = forwards.map(({ id, fields }, n) => id ?? targets[n]!.add(fields));
    next.set(
      entryId,
      forwards.map(({ stream }, n) => ({ stream, id: ids[n]! })),
    );
  }
  owed.delete(entryId);
  return undefined;
}

/** As the script that adds what tasks owe does, without its clock: what is sent here arrives at once. */
export function deliver(member: StoredMember, { stream, deliveries }: DeliverCommand): DeliverReply {
  const target = member.streamOf(stream);
  const ids: string[] = [];
  for (const { entryId, life, index, fields } of deliveries) {
    const marker = [life, member.stream.name, member.group, entryId, index].join(' ');
    const known = target.markers.get(marker);
    if (known === undefined && target.addError !== undefined) return { ids, refusal: target.addError };
    const id = known ?? target.add(fields);
    target.markers.set(marker, id);
    ids.push(id);
  }
  return { ids, refusal: undefined };
}
