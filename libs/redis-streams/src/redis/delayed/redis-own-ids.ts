import type {
  DelayedPage,
  DelayedPlace,
  MoveCommand,
  MoveOutcome,
  OwnAnswer,
  OwnIds,
  OwnPlace,
} from '../../model/ports/tasks/own-ids.js';
import type { CancelCommand, CancelOutcome, Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { cancelDelayed } from './cancel-delayed.js';
import { listDelayed } from './list-delayed.js';
import { moveDelayed } from './move-delayed.js';
import { moveRetry } from './move-retry.js';
import { place } from './place.js';

/** Asks Redis about tasks with an id of their own. Each method is a script of its own, whose file tells what it does, takes and answers. */
export class RedisOwnIds implements OwnIds {
  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  place(task: TaskKey, ear?: Ear): Promise<OwnPlace> {
    return this.connection.ask((client) => place(client, this.keys, task, ear));
  }

  cancel(command: CancelCommand): Promise<OwnAnswer<CancelOutcome>> {
    return this.connection.ask((client) => cancelDelayed(client, this.keys, command));
  }

  move(command: MoveCommand): Promise<OwnAnswer<MoveOutcome>> {
    return this.connection.ask((client) => moveDelayed(client, this.keys, command));
  }

  moveRetry(command: MoveCommand): Promise<boolean> {
    return this.connection.ask((client) => moveRetry(client, this.keys, command));
  }

  list(stream: string, page: DelayedPage): Promise<DelayedPlace[]> {
    return this.connection.ask((client) => listDelayed(client, this.keys, stream, page));
  }
}
