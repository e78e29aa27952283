import type {
  RedriveCommand,
  RedriveOutcome,
  ReplayCommand,
  ReplayOutcome,
  Revival,
  Revived,
} from '../../model/ports/revival.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { redrive } from './redrive.js';
import { replay } from './replay.js';

/** Gives tasks a new life in Redis. Each method is a script of its own, whose file tells what it does, takes and answers. */
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
}
