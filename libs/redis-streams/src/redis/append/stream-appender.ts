import type { AddOutcome } from '../../model/errors/add-bulk-error.js';
import type { AppendCommand, Appender } from '../../model/ports/append.js';
import type { AdmittedAppend } from './admission/admitted-append.js';
import type { AppendConnection } from './append-connection.js';
import { asAppendError, refusedError } from './append-errors.js';
import type { Keys } from '../keys.js';
import { cork } from '../connections/redis-client.js';
import { isReplyError } from '../connections/redis-errors.js';
import type { RedisAppendProbe } from './redis-append-probe.js';
import type { ReplicatedAppend } from './replicated-append.js';
import { xadd, type XaddArguments } from './xadd.js';

/** Where adds go that are more than an XADD; each is opened when it is first needed. */
export interface OtherWays {
  readonly replicated: () => ReplicatedAppend;
  readonly admitted: () => AdmittedAppend;
}

/** Appends to streams: plainly, which is one XADD, or by another way. */
export class StreamAppender implements Appender {
  private replicated: ReplicatedAppend | undefined;
  private admitted: AdmittedAppend | undefined;

  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
    /** Is told where adds go, and where they fail. */
    private readonly probe: Pick<RedisAppendProbe, 'noteAdd' | 'noteFailure'>,
    private readonly open: OtherWays,
  ) {}

  append(stream: string, command: AppendCommand): Promise<string> {
    this.probe.noteAdd(stream);
    if (command.admission) return this.admit(stream, command);
    const args = this.xaddArguments(stream, command);
    if (command.minReplicas > 0) return this.appendReplicated(args, command.minReplicas);
    return this.connection.call(
      (client, giveUpAt) => xadd(client, args, giveUpAt),
      (error) => this.noteFailure(args[0], isReplyError(error) ? refusedError(error) : error),
    );
  }

  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    this.probe.noteAdd(stream);
    if (commands[0]?.admission) return this.admitAll(stream, commands);
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

  private async admit(stream: string, command: AppendCommand): Promise<string> {
    const { id, error } = await this.openAdmitted().append(stream, command);
    if (error) throw this.noteFailure(this.keys.stream(stream), error);
    return id;
  }

  private async admitAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    const outcomes = await this.openAdmitted().appendAll(stream, commands);
    if (outcomes.some(({ error }) => error)) this.probe.noteFailure(this.keys.stream(stream));
    return outcomes;
  }

  private openAdmitted(): AdmittedAppend {
    return (this.admitted ??= this.open.admitted());
  }

  private async appendReplicated(args: XaddArguments, minReplicas: number): Promise<string> {
    try {
      return await (this.replicated ??= this.open.replicated()).append(args, minReplicas);
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
