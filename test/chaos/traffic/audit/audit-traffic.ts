import { auditChains } from '../chains/chain-audit.js';
import { auditDelayed } from '../delayed/delay-audit.js';
import type { Evidence, Finding } from './evidence.js';
import { auditKeys } from '../keyed/key-audit.js';
import type { TrafficKind } from '../kinds.js';
import { auditLetters } from '../operated/letter-audit.js';
import { auditPauses } from '../operated/pause-audit.js';
import { auditReplays } from '../operated/replay-audit.js';
import { auditTicks } from '../schedules/tick-audit.js';

const AUDITS: Record<TrafficKind, (evidence: Evidence) => Finding> = {
  chains: auditChains,
  delayed: auditDelayed,
  keyed: auditKeys,
  schedules: auditTicks,
  letters: auditLetters,
  replays: auditReplays,
  pauses: auditPauses,
};

/** What each kind of traffic came to. */
export function auditTraffic(kinds: readonly TrafficKind[], evidence: Evidence): Map<TrafficKind, Finding> {
  return new Map(kinds.map((kind) => [kind, AUDITS[kind](evidence)]));
}
