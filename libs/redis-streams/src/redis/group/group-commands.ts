import type { DeliverCommand, Delivered } from '../../model/ports/tasks/forwarding.js';
import type { ClaimDueCommand, SweepCommand } from '../../model/ports/claims.js';
import type { Member } from '../../model/ports/broker.js';
import type { Group, TrimHistoryCommand } from '../../model/ports/group.js';
import type { OnceNote, OnceQuestion, OpenRunCommand, OutputFlush, ProgressNote } from '../../model/ports/output.js';
import type { SettleCommand } from '../../model/ports/settlement.js';
import type { ControlConnection } from '../connections/control-connection.js';
import type { GroupMember } from './group-member.js';
import { type GroupKeys, type Keys, taskKeys } from '../keys.js';
import type { Writes } from '../lua/run-script.js';
import { claimDue } from './claim-due.js';
import { settleAndForward } from './forwards/settle-and-forward.js';
import { slotTag } from './forwards/slots.js';
import { Targets } from './forwards/targets.js';
import { ensureGroup } from './upkeep/ensure-group.js';
import { leave } from './leave.js';
import { appendOutput } from './output/append-output.js';
import { keepProgress } from './output/keep-progress.js';
import { keepOnce, readOnce } from './output/once.js';
import { openRuns } from './output/open-runs.js';
import { pruneConsumers } from './upkeep/prune-consumers.js';
import { readLife } from './upkeep/read-life.js';
import { renew } from './renew.js';
import { sayPresent } from './upkeep/say-present.js';
import { ReportReceipts } from './upkeep/report-receipts.js';
import type { Script } from '../lua/script.js';
import { settle } from './settle.js';
import { sweep } from './sweep.js';
import { trimHistory } from './upkeep/trim-history.js';
import { withhold } from './upkeep/withhold.js';

/**
 * All that one consumer says to Redis about one stream and group, but for its blocking read. Each is a script of its own, whose
 * file tells what it does, takes and answers.
 */
export class GroupCommands implements Group, GroupMember {
  private readonly receipts = new ReportReceipts();
  private readonly targets: Targets;

  readonly keys: GroupKeys;
  readonly group: string;
  readonly consumer: string;

  constructor(
    private readonly control: ControlConnection,
    private readonly names: Keys,
    { stream, group, consumer }: Member,
  ) {
    this.keys = names.ofGroup(stream, group);
    this.group = group;
    this.consumer = consumer;
    this.targets = new Targets(this, names, { stream, group });
  }

  readonly taskKeys = (id: string) => taskKeys(this.keys.tasks, id);

  readonly keyHere = (stream: string) => {
    const key = this.names.stream(stream);
    const isHere = !('nodes' in this.control.client) || slotTag(key) === slotTag(this.keys.stream);
    return isHere ? key : undefined;
  };

  get marksKey(): string {
    return this.keys.marks;
  }

  readonly ensure = (startAfter: string, isKnown: boolean) => ensureGroup(this, startAfter, isKnown, this.receipts);
  readonly settle = (command: SettleCommand) =>
    command.forwards ? settleAndForward(this, command) : settle(this, command);
  readonly deliver = (command: DeliverCommand) => this.targets.deliver(command);
  readonly forget = (delivered: readonly Delivered[]) => this.targets.forget(delivered);
  readonly renew = (ids: readonly string[]) => renew(this, ids);
  readonly claimDue = (command: ClaimDueCommand) => claimDue(this, command);
  readonly sweep = (command: SweepCommand) => sweep(this, command);
  readonly withhold = (ids: readonly string[]) => withhold(this, ids);
  readonly readLife = () => readLife(this);
  readonly trimHistory = (command: TrimHistoryCommand) => trimHistory(this, command, this.receipts);
  readonly sayPresent = (slots: number, stuck: number) => sayPresent(this, slots, stuck);
  readonly pruneConsumers = (silenceMs: number) => pruneConsumers(this, silenceMs);
  readonly leave = () => leave(this);
  readonly openRuns = (commands: readonly OpenRunCommand[]) => openRuns(this, commands);
  readonly appendOutput = (flushes: readonly OutputFlush[], ttlMs: number) => appendOutput(this, flushes, ttlMs);
  readonly keepProgress = (notes: readonly ProgressNote[]) => keepProgress(this, notes);
  readonly readOnce = (question: OnceQuestion) => readOnce(this, question);
  readonly keepOnce = (note: OnceNote) => keepOnce(this, note);

  readonly run = <Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    writes?: Writes,
  ): Promise<Reply> => this.control.run<Reply>(script, keys, args, writes);
}
