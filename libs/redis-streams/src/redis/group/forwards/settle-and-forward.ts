import { failureKindOf, failureText } from '../../../model/ports/redis-failure.js';
import type { ForwardCommand, SettleCommand, SettleReply } from '../../../model/ports/settlement.js';
import type { GroupMember } from '../group-member.js';
import { settle } from '../settle.js';
import { ackForwards } from './ack-forwards.js';

/** Carries verdicts out of which some forward: these in a script of their own, so that all others cost what they ever do. */
export async function settleAndForward(member: GroupMember, command: SettleCommand): Promise<SettleReply> {
  const { acks, forwards = [], retries, deadLetters } = command;
  const forwarded = ackAndForward(member, forwards);
  if (acks.length === 0 && retries.length === 0 && deadLetters.length === 0) return forwarded;
  const [one, other] = await Promise.all([settle(member, command), forwarded]);
  return {
    lost: new Map([...one.lost, ...other.lost]),
    failed: one.failed,
    cancelled: one.cancelled,
    owing: other.owing,
    unkept: one.unkept || other.unkept,
    wasResent: one.wasResent || other.wasResent,
  };
}

/** Where the script may not touch all targets at once, they are told as of elsewhere: the tasks owe what they forward. */
async function ackAndForward(member: GroupMember, forwards: readonly ForwardCommand[]): Promise<SettleReply> {
  try {
    return await ackForwards(member, forwards);
  } catch (error) {
    if (!isAboutTargets(error)) throw error;
    return ackForwards({ ...member, keyHere: () => undefined }, forwards);
  }
}

/** An ACL that forbids a target's key, or a proxy that hides a cluster. */
function isAboutTargets(error: unknown): boolean {
  return failureKindOf(error) === 'forbidden' || failureText(error).includes('CROSSSLOT');
}
