import type { ControlConnection } from '../connections/control-connection.js';
import type { GroupMember } from './group-member.js';
import type { GroupKeys } from '../keys.js';
import type { Writes } from '../lua/run-script.js';
import { claimDue, type ClaimDueCommand } from './claim-due.js';
import { ensureGroup } from './ensure-group.js';
import { leave } from './leave.js';
import { pruneConsumers } from './prune-consumers.js';
import { readLife } from './read-life.js';
import { renew } from './renew.js';
import type { Script } from '../lua/script.js';
import { settle, type SettleCommand } from './settle.js';
import { sweep, type SweepCommand } from './sweep.js';
import { tendHistory, type TendHistoryCommand } from './tend-history.js';

/**
 * All that one consumer says to Redis about one stream and group, but for its blocking read. Each is a script of its own, whose
 * file tells what it does, takes and answers.
 */
export class GroupCommands implements GroupMember {
  constructor(
    private readonly control: ControlConnection,
    readonly keys: GroupKeys,
    readonly group: string,
    readonly consumer: string,
  ) {}

  readonly settle = (command: SettleCommand) => settle(this, command);
  readonly renew = (ids: readonly string[]) => renew(this, ids);
  readonly claimDue = (command: ClaimDueCommand) => claimDue(this, command);
  readonly sweep = (command: SweepCommand) => sweep(this, command);
  readonly ensureGroup = (startAfter: string, isKnown: boolean) => ensureGroup(this, startAfter, isKnown);
  readonly readLife = () => readLife(this);
  readonly tendHistory = (command: TendHistoryCommand) => tendHistory(this, command);
  readonly pruneConsumers = (silenceMs: number) => pruneConsumers(this, silenceMs);
  readonly leave = () => leave(this);

  /** Asks whether the server can trim by id (6.2 and later), in a way that trims nothing. */
  async canTrimById(): Promise<boolean> {
    return this.control.client.call('XTRIM', [this.keys.stream, 'MINID', '0-0']).then(
      () => true,
      () => false,
    );
  }

  readonly run = <Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    writes?: Writes,
  ): Promise<Reply> => this.control.run<Reply>(script, keys, args, writes);
}
