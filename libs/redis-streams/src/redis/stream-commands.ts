import type { ChainableCommander } from 'ioredis';
import type { AddOutcome } from '../model/add-bulk-error.js';
import { AddRefusedError, NotReplicatedError, RedisUnavailableError } from '../model/errors.js';
import { type AppendConnection, brokenLinkError } from './append-connection.js';
import type { Keys } from './keys.js';
import { describeRedisError } from './redis-errors.js';

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
  async append(stream: string, command: AppendCommand): Promise<string> {
    const args = this.xaddArguments(stream, command);
    try {
      if (command.minReplicas > 0) return await this.appendAndWait(args, command.minReplicas);
      return await this.connection.pipelined<string>((pipeline) => xadd(pipeline, args));
    } catch (error) {
      throw asAppendError(error as Error);
    }
  }

  private async appendAndWait(args: (string | number)[], minReplicas: number): Promise<string> {
    const connection = this.waitingConnection();
    const replies = await connection.call((client) => {
      const pipeline = client.pipeline();
      xadd(pipeline, args);
      // Ends before the call itself would be given up, so that the id is known in any case.
      pipeline.wait(minReplicas, Math.floor(connection.timeoutMs * 0.8));
      return pipeline.exec();
    });
    const [[addError, id], [waitError, replicas]] = replies as [[Error | null, string], [Error | null, number]];
    if (addError) throw asPipelinedError(addError);
    if (waitError || replicas < minReplicas) throw new NotReplicatedError(id, waitError ? 0 : replicas, minReplicas);
    return id;
  }

  /** Appends in one pipeline, in order. Never rejects: each item has an outcome of its own. */
  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    try {
      const replies = await this.connection.call((client) => {
        const pipeline = client.pipeline();
        for (const command of commands) xadd(pipeline, this.xaddArguments(stream, command));
        return pipeline.exec();
      });
      return replies!.map(([error, id]) => (error ? { error: asPipelinedError(error) } : { id: id as string }));
    } catch (error) {
      return commands.map(() => ({ error: asAppendError(error as Error) }));
    }
  }

  private xaddArguments(stream: string, { fields, maxLen }: AppendCommand): (string | number)[] {
    const key = this.keys.stream(stream);
    const head = maxLen === undefined ? [key, '*'] : [key, 'MAXLEN', '~', maxLen, '*'];
    // Spread into a call, as many fields as an entry may have would not fit on the stack.
    return head.concat(fields);
  }
}

function xadd(pipeline: ChainableCommander, args: (string | number)[]): unknown {
  return (pipeline as unknown as { xadd(args: (string | number)[]): unknown }).xadd(args);
}

/** Whether the entry may exist, or nothing was sent, and the rest of a bulk had better not be, either. */
export function isUnavailable(outcome: AddOutcome): boolean {
  return outcome.error instanceof RedisUnavailableError;
}

function asAppendError(error: Error): Error {
  if (error.name !== 'ReplyError') return error;
  return new AddRefusedError(`Redis refused the entry, nothing was written: ${describeRedisError(error)}`, {
    cause: error,
  });
}

/** In a pipeline a broken connection rejects the single commands, past the connection's own mapping. */
function asPipelinedError(error: Error): Error {
  return error.name === 'ReplyError' ? asAppendError(error) : brokenLinkError(error);
}
