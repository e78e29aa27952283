import type { AddOutcome } from '../model/add-bulk-error.js';
import { AddOutcomeUnknownError, AddRefusedError } from '../model/errors.js';
import type { AppendConnection } from './append-connection.js';
import type { Keys } from './keys.js';
import { describeRedisError } from './redis-errors.js';

export interface AppendCommand {
  readonly fields: readonly string[];
  readonly maxLen: number | undefined;
}

/** Appending to streams. */
export class StreamCommands {
  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
  ) {}

  /** @returns the entry's id */
  async append(stream: string, { fields, maxLen }: AppendCommand): Promise<string> {
    const key = this.keys.stream(stream);
    try {
      const id = await this.connection.call((client) =>
        maxLen === undefined
          ? client.xadd(key, '*', ...fields)
          : client.xadd(key, 'MAXLEN', '~', maxLen, '*', ...fields),
      );
      return id!;
    } catch (error) {
      throw asAppendError(error as Error);
    }
  }

  /** Appends in one pipeline, in order. Never rejects: each item has an outcome of its own. */
  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    const key = this.keys.stream(stream);
    try {
      const replies = await this.connection.call((client) => {
        const pipeline = client.pipeline();
        for (const { fields, maxLen } of commands) {
          if (maxLen === undefined) pipeline.xadd(key, '*', ...fields);
          else pipeline.xadd(key, 'MAXLEN', '~', maxLen, '*', ...fields);
        }
        return pipeline.exec();
      });
      return replies!.map(([error, id]) => (error ? { error: asPipelinedError(error) } : { id: id as string }));
    } catch (error) {
      return commands.map(() => ({ error: asAppendError(error as Error) }));
    }
  }
}

function asAppendError(error: Error): Error {
  if (error.name !== 'ReplyError') return error;
  return new AddRefusedError(`Redis refused the entry, nothing was written: ${describeRedisError(error)}`, {
    cause: error,
  });
}

/** In a pipeline a broken connection rejects the single commands, past the connection's own mapping. */
function asPipelinedError(error: Error): Error {
  if (error.name === 'ReplyError') return asAppendError(error);
  return new AddOutcomeUnknownError(
    `The connection to Redis broke before the answer came (${describeRedisError(error)}). The entry may exist; it will not be sent again.`,
    { cause: error },
  );
}
