import type { AddOutcome } from '../../model/errors/add-bulk-error.js';
import type { AppendCommand, Appender } from '../../model/ports/append.js';
import type { AppendConnection } from './append-connection.js';
import { asAppendError, refusedError } from './append-errors.js';
import type { Keys } from '../keys.js';
import { cork } from '../connections/redis-client.js';
import { isReplyError } from '../connections/redis-errors.js';
import type { RedisAppendProbe } from './redis-append-probe.js';
import type { ReplicatedAppend } from './replicated-append.js';
import { xadd, type XaddArguments } from './xadd.js';

/** Appends to streams, by XADD. */
export class StreamAppender implements Appender {
  private replicated: ReplicatedAppend | undefined;

  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
    /** Is told where adds fail. */
    private readonly probe: Pick<RedisAppendProbe, 'noteFailure'>,
    /** Opened when it is first needed. */
    private readonly openReplicated: () => ReplicatedAppend,
  ) {}

  append(stream: string, command: AppendCommand): Promise<string> {
    const args = this.xaddArguments(stream, command);
    if (command.minReplicas > 0) return this.appendReplicated(args, command.minReplicas);
    return this.connection.call(
      (client, giveUpAt) => xadd(client, args, giveUpAt),
      (error) => this.noteFailure(args[0], isReplyError(error) ? refusedError(error) : error),
    );
  }

  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    const key = this.keys.stream(stream);
    try {
      return await this.connection.call((client, giveUpAt) => {
        const release = cork(client);
        const added = commands.map((command) =>
          xadd(client, this.xaddArguments(stream, command), giveUpAt).then(
            (id): AddOutcome => ({ id }),
            // A broken connection rejects single commands, past the connection's own mapping.
            (error: Error): AddOutcome => ({ error: this.noteFailure(key, asAppendError(error)) }),
          ),
        );
        release();
        return Promise.all(added);
      });
    } catch (error) {
      this.noteFailure(key, error as Error);
      return commands.map(() => ({ error: error as Error }));
    }
  }

  private async appendReplicated(args: XaddArguments, minReplicas: number): Promise<string> {
    try {
      return await (this.replicated ??= this.openReplicated()).append(args, minReplicas);
    } catch (error) {
      throw this.noteFailure(args[0], error as Error);
    }
  }

  private noteFailure(key: string, error: Error): Error {
    this.probe.noteFailure(key);
    return error;
  }

  private xaddArguments(stream: string, { fields, maxLen }: AppendCommand): XaddArguments {
    const key = this.keys.stream(stream);
    return maxLen === undefined ? [key, '*', fields] : [key, 'MAXLEN', '~', maxLen, '*', fields];
  }
}
