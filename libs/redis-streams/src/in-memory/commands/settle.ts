import type {
  AckCommand,
  DeadLetterCommand,
  Holder,
  Noted,
  Ownership,
  RetryCommand,
  SettleCommand,
  SettleReply,
} from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
import { TASK_RECORD } from '../../wire/tasks/task-record.js';
import type { StoredTasks } from '../store/stored-tasks.js';
import { groupOf, holderOf, type StoredMember } from '../store/stored-member.js';

/** More than a script can pass to one call. */
const MOST_VALUES = 7_000;

/** As the settle script does; a dead-letter stream with a limit is trimmed to exactly that. */
export function settle(
  member: StoredMember,
  { acks, retries, deadLetters }: SettleCommand,
): Omit<SettleReply, 'wasResent'> {
  const { stream, consumer } = member;
  const { pending } = groupOf(member);
  const tasks = stream.tasksOf(member.group);
  const lost = new Map<string, Holder>();
  const failed = new Map<string, string>();
  const owned = <Command extends Ownership>(commands: readonly Command[]): Command[] =>
    commands.filter(({ entryId, deliveryCount }) => {
      const held = pending.get(entryId);
      if (held?.consumer === consumer && held.deliveryCount === deliveryCount) return true;
      lost.set(entryId, holderOf(member, entryId));
      return false;
    });

  const cancelled = new Set<string>();
  const endsCancelled = (command: Ownership & Noted): boolean => {
    const { entryId } = command;
    if (!tasks.cancels.has(entryId)) return false;
    pending.delete(entryId);
    cancelled.add(entryId);
    keep(member, command, 'cancelled');
    return true;
  };

  for (const command of owned(acks)) {
    if (command.note?.state !== 'dead-lettered' || !endsCancelled(command)) acked(member, command);
  }
  for (const retry of owned(retries)) {
    if (endsCancelled(retry)) continue;
    if (schedule(member, retry)) keep(member, retry);
    else lost.set(retry.entryId, 'deleted');
  }
  for (const letter of owned(deadLetters)) {
    if (endsCancelled(letter)) continue;
    if (!stream.entries.get(letter.entryId)) {
      pending.delete(letter.entryId);
      tasks.lives.delete(letter.entryId);
      lost.set(letter.entryId, 'deleted');
    } else if (stream.deadLetterError !== undefined) {
      groupOf(member).claim(letter.entryId, consumer);
      failed.set(letter.entryId, stream.deadLetterError);
    } else {
      const deadId = bury(member, letter);
      keep(member, letter);
      if (letter.note) tasks.note(letter.entryId, [TASK_RECORD.deadLetterId, deadId]);
    }
  }
  return { lost, failed, cancelled, unkept: '' };
}

/** It is done, and this consumer holds it. */
export function acked(member: StoredMember, command: AckCommand): void {
  const { entryId, deliveryCount, note } = command;
  const tasks = member.stream.tasksOf(member.group);
  groupOf(member).pending.delete(entryId);
  if (note && (deliveryCount > 1 || tasks.lives.has(entryId))) forgetFailure(tasks, entryId);
  keep(member, command);
}

/** What is kept of a task, with its state where it has ended. */
function keep({ stream, group }: StoredMember, { entryId, note }: Ownership & Noted, state = note?.state): void {
  const tasks = stream.tasksOf(group);
  if (note?.ttlMs !== undefined) {
    const end = state ? [TASK_RECORD.state, state, TASK_RECORD.endedAt, String(stream.clock.now)] : [];
    if (note.ttlMs > 0) tasks.note(entryId, [...note.fields, ...end]);
    else tasks.records.delete(entryId);
  }
  if (!state) return;
  tasks.cancels.delete(entryId);
  tasks.lives.delete(entryId);
  const { name, taskId } = note?.key ?? {};
  if (name !== undefined && stream.heldKeys.get(name)?.startsWith(`${taskId} `)) stream.heldKeys.delete(name);
}

/** @returns false where its entry was deleted: then it is pending no more */
function schedule(member: StoredMember, { entryId, delayMs, keepCount }: RetryCommand): boolean {
  const { stream, group } = member;
  if (!groupOf(member).claim(entryId, RETRY_CONSUMER, { deliveryCount: keepCount })) return false;
  stream.retriesOf(group).set(entryId, stream.clock.now + delayMs);
  return true;
}

function bury(member: StoredMember, { entryId, maxLen, headers }: DeadLetterCommand): string {
  const { entries, dead } = member.stream;
  const { fields } = entries.get(entryId)!;
  const life = member.stream.tasksOf(member.group).lives.get(entryId);
  const isWide = fields.length + headers.length > MOST_VALUES;
  const deadId = dead.add([
    ...(isWide ? [DEAD_LETTER_HEADERS.wideFields, JSON.stringify(fields)] : fields),
    ...headers,
    ...(life === undefined ? [] : [DEAD_LETTER_HEADERS.life, life]),
  ]);
  if (maxLen !== undefined) dead.dropOldest(dead.length - maxLen);
  groupOf(member).pending.delete(entryId);
  return deadId;
}

function forgetFailure(tasks: StoredTasks, entryId: string): void {
  for (const field of [TASK_RECORD.error, TASK_RECORD.reason]) tasks.records.get(entryId)?.delete(field);
}
