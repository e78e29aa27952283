import type { DelayedTasks, PromoteReply } from '../../model/ports/tasks/delayed.js';
import type { AppendConnection } from '../append/append-connection.js';
import { asFailure } from '../connections/redis-failure.js';
import type { Keys } from '../keys.js';
import { promote } from './promote.js';

/** Over the connection for adds, as what it does are adds. */
export class RedisDelayedTasks implements DelayedTasks {
  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
  ) {}

  promote(stream: string): Promise<PromoteReply> {
    return this.connection.call((client) => promote(client, this.keys, stream), asFailure, 'probe');
  }
}
