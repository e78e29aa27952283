import type {
  GroupKey,
  GroupStore,
  PauseCommand,
  RemoveConsumerCommand,
  RemoveGroupCommand,
} from '../../model/ports/admin/groups.js';
import type { Keys } from '../keys.js';
import type { QueryConnection } from '../queries/query-connection.js';
import { lookAtGroup } from './look-at-group.js';
import { pauseGroup } from './pause-group.js';
import { removeConsumer } from './remove-consumer.js';
import { removeGroup } from './remove-group.js';
import { resumeGroup } from './resume-group.js';

/** Asks Redis about whole groups. Each method is a script of its own, whose file tells what it does, takes and answers. */
export class RedisGroupStore implements GroupStore {
  constructor(
    private readonly connection: Pick<QueryConnection, 'ask'>,
    private readonly keys: Keys,
  ) {}

  readonly pause = (command: PauseCommand) => this.connection.ask((client) => pauseGroup(client, this.keys, command));
  readonly resume = (key: GroupKey) => this.connection.ask((client) => resumeGroup(client, this.keys, key));
  readonly look = (key: GroupKey) => this.connection.ask((client) => lookAtGroup(client, this.keys, key));
  readonly remove = (command: RemoveGroupCommand) =>
    this.connection.ask((client) => removeGroup(client, this.keys, command));
  readonly removeConsumer = (command: RemoveConsumerCommand) =>
    this.connection.ask((client) => removeConsumer(client, this.keys, command));
}
