import type { AddOutcome } from '../../model/errors/add-bulk-error.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { AppendConnection } from './append-connection.js';
import { asAppendError, refusedError } from './append-errors.js';
import { appendToCluster } from './cluster-append.js';
import type { Keys } from '../keys.js';
import { cork, type RedisClient } from '../connections/redis-client.js';
import { isReplyError } from '../connections/redis-errors.js';
import type { ReplicatedAppend } from './replicated-append.js';
import type { XaddArguments } from './xadd.js';

export interface AppendCommand {
  readonly fields: readonly string[];
  readonly maxLen: number | undefined;
  /** How many replicas must have it, too. */
  readonly minReplicas: number;
}

/** Every server checks whether the command may be run now (user, memory, role, replicas), and then refuses this id. */
const IMPOSSIBLE_ENTRY = ['0-0', 'probe', ''] as const;
const REFUSES_IMPOSSIBLE_ID = /must be greater than 0-0/;

/** Appending to streams. */
export class StreamCommands {
  private replicated: ReplicatedAppend | undefined;
  /** Where the last add failed; undefined when adds have been found to pass since. */
  private failedKey: string | undefined;

  constructor(
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
    /** Opened when it is first needed. */
    private readonly openReplicated: () => ReplicatedAppend,
  ) {}

  /** @returns the entry's id */
  append(stream: string, command: AppendCommand): Promise<string> {
    const args = this.xaddArguments(stream, command);
    if (command.minReplicas > 0) return this.appendReplicated(args, command.minReplicas);
    return this.connection.call(
      (client, giveUpAt) => xadd(client, args, giveUpAt),
      (error) => this.noteFailure(args[0], isReplyError(error) ? refusedError(error) : error),
    );
  }

  /** Appends in order. Never rejects: each item has an outcome of its own. */
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

  /**
   * Finds out whether adds pass now, without adding: rejects when Redis does not answer, and where the last add failed and
   * would fail again. What was wrong with that entry or its stream alone is no reason.
   */
  async assertAddsPass(): Promise<void> {
    const key = this.failedKey;
    if (key === undefined) {
      await this.probe((client) => client.ping());
      return;
    }
    try {
      await this.probe((client, giveUpAt) => xadd(client, [key, ...IMPOSSIBLE_ENTRY], giveUpAt));
    } catch (error) {
      if (!REFUSES_IMPOSSIBLE_ID.test((error as Error).message)) throw error;
    }
    this.failedKey = undefined;
  }

  private probe(send: (client: RedisClient, giveUpAt: number) => Promise<unknown>): Promise<unknown> {
    return this.connection.call(send, undefined, 'probe');
  }

  private async appendReplicated(args: XaddArguments, minReplicas: number): Promise<string> {
    try {
      return await (this.replicated ??= this.openReplicated()).append(args, minReplicas);
    } catch (error) {
      throw this.noteFailure(args[0], error as Error);
    }
  }

  private noteFailure(key: string, error: Error): Error {
    this.failedKey = key;
    return error;
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

/** Whether the entry may exist, or nothing was sent, and the rest of a bulk had better not be, either. */
export function isUnavailable(outcome: AddOutcome): boolean {
  return outcome.error instanceof RedisUnavailableError;
}
