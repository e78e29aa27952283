import { DeadLetters } from '../admin/letters/dead-letters.js';
import { PurgeWork } from '../admin/letters/acting/purge-work.js';
import { RedriveWork } from '../admin/letters/acting/redrive-work.js';
import { OperationRunner, type Works } from '../admin/operations/work/operation-runner.js';
import { StreamOperations } from '../admin/operations/stream-operations.js';
import { replayWork } from '../admin/replay/replay-work-of.js';
import { StreamReplay } from '../admin/replay/stream-replay.js';
import { StreamNames } from '../options/stream-names.js';
import { Connections } from '../redis/connections/connections.js';
import { Keys } from '../redis/keys.js';
import { RedisDeadLetterStore } from '../redis/letters/redis-dead-letter-store.js';
import { RedisOperationLookout } from '../redis/operations/operation-lookout.js';
import { RedisOperationStore } from '../redis/operations/redis-operation-store.js';
import { QueryConnection } from '../redis/queries/query-connection.js';
import { StreamQueries } from '../redis/queries/stream-queries.js';
import { RedisEntryIds } from '../redis/replay/redis-entry-ids.js';
import { RedisRevival } from '../redis/revival/redis-revival.js';
import { Instruments } from './instruments.js';
import { type Part, provide } from './provide.js';
import { scriptRunner, scriptsOver } from './script-runner.js';
import { PROCESS_NAME } from './tokens.js';

/** Bulk actions, and what acts by them. Over the connection for questions, so that they hold up neither adds nor settlements. */
export const OPERATION_PARTS: readonly Part[] = [
  provide(
    RedisOperationStore,
    [QueryConnection, Keys],
    (queries, keys) =>
      new RedisOperationStore(
        scriptsOver((send) => queries.ask(send)),
        keys,
      ),
  ),
  provide(
    RedisDeadLetterStore,
    [QueryConnection, Keys],
    (queries, keys) =>
      new RedisDeadLetterStore(
        scriptsOver((send) => queries.ask(send)),
        keys,
      ),
  ),
  provide(
    OperationRunner,
    [RedisOperationStore, RedisDeadLetterStore, RedisRevival, Connections, QueryConnection, Keys, PROCESS_NAME],
    (store, letters, revival, connections, queries, keys, processName) => {
      // What it asks for now and then is no reason for one more connection.
      const run = scriptRunner(connections, (send) => queries.ask(send));
      const isOneServer = () => connections.hasControl && !('nodes' in connections.control().client);
      const lookout = new RedisOperationLookout(run, keys, isOneServer);
      const entries = new RedisEntryIds(
        scriptsOver((send) => queries.ask(send)),
        keys,
      );
      const parts = { letters, entries, operations: store, revival, queries: new StreamQueries(queries, keys) };
      const works: Works = {
        purge: (stream, operation) => new PurgeWork(letters, stream, operation),
        redrive: (stream, operation) => new RedriveWork(parts, stream, operation),
        replay: (stream, operation) => replayWork(parts, stream, operation),
      };
      return new OperationRunner({ store, lookout, processName, works });
    },
  ),
  provide(
    StreamOperations,
    [RedisOperationStore, OperationRunner, StreamNames, Instruments],
    (store, runner, names, { aroundOperations: arounds }) => new StreamOperations({ store, runner, names, arounds }),
  ),
  provide(
    DeadLetters,
    [RedisDeadLetterStore, QueryConnection, Keys, RedisRevival, StreamOperations, StreamNames],
    (store, connection, keys, revival, operations, names) =>
      new DeadLetters({ store, queries: new StreamQueries(connection, keys), revival, operations, names }),
  ),
  provide(
    StreamReplay,
    [QueryConnection, Keys, RedisRevival, StreamOperations, StreamNames],
    (connection, keys, revival, operations, names) => {
      const entries = new RedisEntryIds(
        scriptsOver((send) => connection.ask(send)),
        keys,
      );
      return new StreamReplay({ entries, revival, queries: new StreamQueries(connection, keys), operations, names });
    },
  ),
];
