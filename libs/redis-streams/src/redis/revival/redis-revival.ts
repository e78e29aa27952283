import type {
  CopyCommand,
  CopyLettersCommand,
  CopyOutcome,
  RedriveCommand,
  RedriveOutcome,
  ReplayCommand,
  ReplayOutcome,
  Revival,
  Revived,
} from '../../model/ports/admin/revival.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { copy } from './copy.js';
import { copyLetters } from './copy-letters.js';
import { redrive } from './redrive.js';
import { replay } from './replay.js';

/** Gives tasks a new life in Redis. Each method has a file that tells what its scripts do, take and answer. */
export class RedisRevival implements Revival {
  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  redrive(command: RedriveCommand): Promise<readonly Revived<RedriveOutcome>[]> {
    return this.connection.ask((client) => redrive(client, this.keys, command));
  }

  replay(command: ReplayCommand): Promise<readonly Revived<ReplayOutcome>[]> {
    return this.connection.ask((client) => replay(client, this.keys, command));
  }

  copyLetters(command: CopyLettersCommand): Promise<readonly Revived<CopyOutcome>[]> {
    return this.connection.ask((client) => copyLetters(client, this.keys, command));
  }

  copy(command: CopyCommand): Promise<readonly Revived<CopyOutcome>[]> {
    return this.connection.ask((client) => copy(client, this.keys, command));
  }
}
