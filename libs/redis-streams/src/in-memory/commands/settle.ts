import type {
  DeadLetterCommand,
  Holder,
  Ownership,
  RetryCommand,
  SettleCommand,
  SettleReply,
} from '../../model/ports/settlement.js';
import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import { DEAD_LETTER_HEADERS } from '../../wire/header-contract.js';
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
  const lost = new Map<string, Holder>();
  const failed = new Map<string, string>();
  const owned = <Command extends Ownership>(commands: readonly Command[]): Command[] =>
    commands.filter(({ entryId, deliveryCount }) => {
      const held = pending.get(entryId);
      if (held?.consumer === consumer && held.deliveryCount === deliveryCount) return true;
      lost.set(entryId, holderOf(member, entryId));
      return false;
    });

  for (const { entryId } of owned(acks)) pending.delete(entryId);
  for (const retry of owned(retries)) if (!schedule(member, retry)) lost.set(retry.entryId, 'deleted');
  for (const letter of owned(deadLetters)) {
    if (!stream.entries.get(letter.entryId)) {
      pending.delete(letter.entryId);
      lost.set(letter.entryId, 'deleted');
    } else if (stream.deadLetterError !== undefined) {
      groupOf(member).claim(letter.entryId, consumer);
      failed.set(letter.entryId, stream.deadLetterError);
    } else {
      bury(member, letter);
    }
  }
  return { lost, failed };
}

/** @returns false where its entry was deleted: then it is pending no more */
function schedule(member: StoredMember, { entryId, delayMs, keepCount }: RetryCommand): boolean {
  const { stream, group } = member;
  if (!groupOf(member).claim(entryId, RETRY_CONSUMER, { deliveryCount: keepCount })) return false;
  stream.retriesOf(group).set(entryId, stream.clock.now + delayMs);
  return true;
}

function bury(member: StoredMember, { entryId, maxLen, headers }: DeadLetterCommand): void {
  const { entries, dead } = member.stream;
  const { fields } = entries.get(entryId)!;
  const isWide = fields.length + headers.length > MOST_VALUES;
  dead.add([...(isWide ? [DEAD_LETTER_HEADERS.wideFields, JSON.stringify(fields)] : fields), ...headers]);
  if (maxLen !== undefined) dead.dropOldest(dead.length - maxLen);
  groupOf(member).pending.delete(entryId);
}
