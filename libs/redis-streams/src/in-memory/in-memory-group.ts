import type { ClaimDueCommand, ClaimReply, SweepCommand, SweepReply } from '../model/ports/claims.js';
import type { Member } from '../model/ports/broker.js';
import type {
  EnsureGroupReply,
  Group,
  PresenceReply,
  ReadLifeReply,
  RenewReply,
  TrimHistoryCommand,
  TrimHistoryReply,
  WithholdReply,
} from '../model/ports/group.js';
import type {
  OnceNote,
  OnceQuestion,
  OpenRunCommand,
  OutputFlush,
  OutputReply,
  ProgressNote,
} from '../model/ports/output.js';
import type { DeliverCommand, DeliverReply } from '../model/ports/tasks/forwarding.js';
import type { AckCommand, ForwardCommand, SettleCommand, SettleReply } from '../model/ports/settlement.js';
import { KEY_SUFFIXES, keyBeside } from '../wire/stream-name.js';
import { appendOutput } from './commands/output/append-output.js';
import { keepProgress } from './commands/output/keep-progress.js';
import { keepOnce, readOnce } from './commands/output/once.js';
import { openRuns } from './commands/output/open-runs.js';
import { claimDue } from './commands/claim-due.js';
import { leave, pruneConsumers, withhold } from './commands/consumers.js';
import { ackForwards, deliver } from './commands/forward.js';
import { ensureGroup } from './commands/upkeep/ensure-group.js';
import { readLife } from './commands/upkeep/group-life.js';
import type { StoredMember } from './store/stored-member.js';
import { renew } from './commands/renew.js';
import { settle } from './commands/settle.js';
import { sweep } from './commands/sweep.js';
import { trimHistory } from './commands/upkeep/trim-history.js';
import type { Line } from './line/line.js';

/** What one consumer says about its stream and group, answered from memory. */
export class InMemoryGroup implements Group {
  constructor(
    private readonly line: Line,
    private readonly member: Member,
    private readonly stored: StoredMember,
  ) {}

  get marksKey(): string {
    return keyBeside(this.member.stream) + KEY_SUFFIXES.marks;
  }

  ensure(startAfter: string, isKnown: boolean): Promise<EnsureGroupReply> {
    const effect = () => ensureGroup(this.stored, startAfter, { isKnown });
    return this.line.send('ensure', [startAfter, isKnown], this.member, effect);
  }

  settle(command: SettleCommand): Promise<SettleReply> {
    let runs = 0;
    const { acks, forwards } = command;
    const sent = {
      ...command,
      acks: acks.map(ackCommand),
      ...(forwards && { forwards: forwards.map(forwardCommand) }),
    };
    return this.line.send('settle', [sent], this.member, () => {
      const settled = settle(this.stored, command);
      const wasResent = ++runs > 1;
      if (!forwards) return { ...settled, wasResent };
      const { lost, owing } = ackForwards(this.stored, forwards);
      return { ...settled, lost: new Map([...settled.lost, ...lost]), owing, wasResent };
    });
  }

  deliver(command: DeliverCommand): Promise<DeliverReply> {
    return this.line.send('deliver', [command], this.member, () => deliver(this.stored, command));
  }

  /** Nothing goes by itself here. */
  forget(): void {}

  renew(ids: readonly string[]): Promise<RenewReply> {
    return this.line.send('renew', [ids], this.member, () => renew(this.stored, ids));
  }

  claimDue(command: ClaimDueCommand): Promise<ClaimReply> {
    return this.line.send('claimDue', [command], this.member, () => claimDue(this.stored, command));
  }

  sweep(command: SweepCommand): Promise<SweepReply> {
    return this.line.send('sweep', [command], this.member, () => sweep(this.stored, command));
  }

  withhold(ids: readonly string[]): Promise<WithholdReply> {
    return this.line.send('withhold', [ids], this.member, () => withhold(this.stored, ids));
  }

  readLife(): Promise<ReadLifeReply | undefined> {
    return this.line.send('readLife', [], this.member, () => readLife(this.stored));
  }

  trimHistory(command: TrimHistoryCommand): Promise<TrimHistoryReply | undefined> {
    return this.line.send('trimHistory', [command], this.member, () => trimHistory(this.stored, command));
  }

  pruneConsumers(silenceMs: number): Promise<readonly string[]> {
    return this.line.send('pruneConsumers', [silenceMs], this.member, () => pruneConsumers(this.stored, silenceMs));
  }

  sayPresent(slots: number, stuck: number): Promise<PresenceReply> {
    return this.line.send('sayPresent', [slots, stuck], this.member, () => {
      const { stream, group } = this.stored;
      return { serverNow: stream.clock.now, pause: stream.pauseOf(group) };
    });
  }

  leave(): Promise<number> {
    return this.line.send('leave', [], this.member, () => leave(this.stored));
  }

  openRuns(commands: readonly OpenRunCommand[]): Promise<ReadonlyMap<string, string>> {
    return this.line.send('openRuns', [commands], this.member, () => openRuns(this.stored, commands));
  }

  appendOutput(flushes: readonly OutputFlush[], ttlMs: number): Promise<OutputReply> {
    return this.line.send('appendOutput', [flushes, ttlMs], this.member, () => appendOutput(this.stored, flushes));
  }

  readOnce(question: OnceQuestion): Promise<string | undefined> {
    return this.line.send('readOnce', [question], this.member, () => readOnce(this.stored, question));
  }

  keepOnce(note: OnceNote): Promise<boolean> {
    return this.line.send('keepOnce', [note], this.member, () => keepOnce(this.stored, note));
  }

  keepProgress(notes: readonly ProgressNote[]): Promise<OutputReply> {
    return this.line.send('keepProgress', [notes], this.member, () => keepProgress(this.stored, notes));
  }
}

function forwardCommand(command: ForwardCommand): ForwardCommand {
  return { ...ackCommand(command), forwards: command.forwards };
}

/** Callers hand over more than that. */
function ackCommand({ entryId, deliveryCount, note }: AckCommand): AckCommand {
  return { entryId, deliveryCount, ...(note && { note }) };
}
