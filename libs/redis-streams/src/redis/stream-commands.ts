import type { AddOutcome } from '../model/add-bulk-error.js';
import { AddRefusedError, NotReplicatedError, RedisUnavailableError } from '../model/errors.js';
import { type AppendConnection, brokenLinkError } from './append-connection.js';
import type { Keys } from './keys.js';
import { appendToCluster, appendToClusterAndWait } from './cluster-append.js';
import { cork, type RedisClient } from './redis-client.js';
import { describeRedisError, isReplyError } from './redis-errors.js';
import { type AddAndWaitReplies, replicaWaitMs, type XaddArguments } from './xadd.js';

export interface AppendCommand {
  readonly fields: readonly string[];
  readonly maxLen: number | undefined;
  /** How many replicas must have it, too. */
  readonly minReplicas: number;
}

/** Appending to streams. */
export class StreamCommands {
  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
    /** Opened when it is first needed: WAIT holds up all that comes after it on its connection. */
    private readonly waitingConnection: () => AppendConnection,
  ) {}

  /** @returns the entry's id */
  append(stream: string, command: AppendCommand): Promise<string> {
    const args = this.xaddArguments(stream, command);
    if (command.minReplicas > 0) return this.appendAndWait(args, command.minReplicas);
    return this.connection.call((client, giveUpAt) => xadd(client, args, giveUpAt), refusal);
  }

  private async appendAndWait(args: XaddArguments, minReplicas: number): Promise<string> {
    const connection = this.waitingConnection();
    const [[addError, id], [waitError, replicas]] = await connection.call(
      (client, giveUpAt) => xaddAndWait(client, args, minReplicas, giveUpAt),
      refusal,
    );
    if (addError) throw asAppendError(addError);
    if (waitError || replicas < minReplicas) throw new NotReplicatedError(id, waitError ? 0 : replicas, minReplicas);
    return id;
  }

  /** Appends in order. Never rejects: each item has an outcome of its own. */
  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    try {
      return await this.connection.call((client, giveUpAt) => {
        const release = cork(client);
        const added = commands.map((command) =>
          xadd(client, this.xaddArguments(stream, command), giveUpAt).then(
            (id): AddOutcome => ({ id }),
            (error: Error): AddOutcome => ({ error: asAppendError(error) }),
          ),
        );
        release();
        return Promise.all(added);
      });
    } catch (error) {
      return commands.map(() => ({ error: error as Error }));
    }
  }

  private xaddArguments(stream: string, { fields, maxLen }: AppendCommand): XaddArguments {
    const key = this.keys.stream(stream);
    return maxLen === undefined ? [key, '*', fields] : [key, 'MAXLEN', '~', maxLen, '*', fields];
  }
}

function xadd(client: RedisClient, args: XaddArguments, giveUpAt: number): Promise<string> {
  if ('nodes' in client) return appendToCluster(client, args, giveUpAt);
  return client.xadd(...(args as Parameters<typeof client.xadd>)) as Promise<string>;
}

async function xaddAndWait(
  client: RedisClient,
  args: XaddArguments,
  minReplicas: number,
  giveUpAt: number,
): Promise<AddAndWaitReplies> {
  if ('nodes' in client) return appendToClusterAndWait(client, args, minReplicas, giveUpAt);
  const pipeline = client.pipeline();
  pipeline.xadd(...(args as Parameters<typeof pipeline.xadd>)).wait(minReplicas, replicaWaitMs(giveUpAt));
  return (await pipeline.exec()) as AddAndWaitReplies;
}

/** Whether the entry may exist, or nothing was sent, and the rest of a bulk had better not be, either. */
export function isUnavailable(outcome: AddOutcome): boolean {
  return outcome.error instanceof RedisUnavailableError;
}

/** A broken connection rejects single commands, past the connection's own mapping. */
function asAppendError(error: Error): Error {
  return isReplyError(error) ? refusal(error) : brokenLinkError(error);
}

function refusal(error: Error): Error {
  return new AddRefusedError(`Redis refused the entry, nothing was written: ${describeRedisError(error)}`, {
    cause: error,
  });
}
