import type { AddOutcome } from '../../../model/errors/add-bulk-error.js';
import { AddOutcomeUnknownError, IdempotencyConflictError } from '../../../model/errors/errors.js';
import type { AppendCommand } from '../../../model/ports/append.js';
import { RetryDelay } from '../../../timing/retry-delay.js';
import { withTimeout } from '../../../timing/with-timeout.js';
import { describeRedisError, isReplyError } from '../../connections/redis-errors.js';
import type { Keys } from '../../keys.js';
import type { AppendConnection } from '../append-connection.js';
import { refusedError, timeoutError } from '../append-errors.js';
import { admitCommand, type AdmitReply } from './admit.js';
import { AdmitCall } from './admit-call.js';

/** Between two attempts, in milliseconds. */
const LONGEST_PAUSE_MS = 500;
/** So many adds, and about so many characters of them, go with one script: Redis does nothing else meanwhile. */
const MOST_TOGETHER = 200;
const MOST_CHARACTERS = 500_000;

/** Adds to one stream that are made in one turn of the event loop, and may take the same time: they are one script. */
interface Gathered {
  readonly commands: AppendCommand[];
  readonly resolves: ((outcome: AddOutcome) => void)[];
  characters: number;
}

/**
 * Adds that bear to be repeated, over a connection of their own: what a link that broke or went silent left unanswered is sent again, until
 * it is answered or its caller's time is over. Nothing is sent after that.
 */
export class AdmittedAppend {
  private readonly gathered = new Map<string, Gathered>();

  constructor(
    /** Its calls are given up as soon as a silent link is left, which is well before an add's time is over. */
    private readonly connection: AppendConnection,
    private readonly keys: Keys,
    /** How long an add is tried, in milliseconds. */
    private readonly timeoutMs: number,
  ) {}

  /** Goes with the turn's other adds. Never rejects. */
  append(stream: string, command: AppendCommand): Promise<AddOutcome> {
    return new Promise((resolve) => {
      const name = `${command.admission!.waitMs} ${stream}`;
      const adds = this.gathered.get(name) ?? this.gather(stream, name);
      adds.commands.push(command);
      adds.resolves.push(resolve);
      for (const field of command.fields) adds.characters += field.length;
      if (adds.commands.length >= MOST_TOGETHER || adds.characters >= MOST_CHARACTERS) this.send(stream, name, adds);
    });
  }

  private gather(stream: string, name: string): Gathered {
    const adds: Gathered = { commands: [], resolves: [], characters: 0 };
    this.gathered.set(name, adds);
    setImmediate(() => {
      if (this.gathered.get(name) === adds) this.send(stream, name, adds);
    });
    return adds;
  }

  private send(stream: string, name: string, { commands, resolves }: Gathered): void {
    this.gathered.delete(name);
    void this.appendAll(stream, commands).then((outcomes) => {
      for (const [n, resolve] of resolves.entries()) resolve(outcomes[n]!);
    });
  }

  /** Never rejects. */
  async appendAll(stream: string, commands: readonly AppendCommand[]): Promise<AddOutcome[]> {
    const waitMs = Math.max(...commands.map(({ admission }) => admission!.waitMs ?? this.timeoutMs));
    const call = new AdmitCall(admitCommand(this.keys, stream, commands), waitMs);
    const reply = await this.answerTo(call);
    // An error of its own for each: whoever is told adds to it where it came from.
    return commands.map((command, n) => (reply ? outcomeOf(command, reply[n]!, call) : { error: this.failure(call) }));
  }

  /** @returns undefined when there is none, or none that bears repeating */
  private async answerTo(call: AdmitCall): Promise<AdmitReply | undefined> {
    const pause = new RetryDelay(LONGEST_PAUSE_MS);
    for (;;) {
      try {
        const reply = await this.attempt(call);
        if (reply) return reply;
      } catch (error) {
        call.trouble = error as Error;
        if (this.connection.isClosed || !bearsRepeating(call.trouble)) return undefined;
      }
      if (call.leftMs <= 0) return undefined;
      await withTimeout(call.leftMs, pause.wait());
    }
  }

  /** @returns undefined when the call's time is over */
  private async attempt(call: AdmitCall): Promise<AdmitReply | undefined> {
    const attempt = this.connection.call((client) => call.send(client));
    if (call.leftMs >= this.connection.timeoutMs) return await attempt;
    return (await withTimeout(call.leftMs, attempt)) ? await attempt : undefined;
  }

  private failure({ mayHaveArrived, timeoutMs, trouble }: AdmitCall): Error {
    const cause = trouble ?? this.connection.trouble;
    if (mayHaveArrived) {
      const why = cause ? ` (${describeRedisError(cause)})` : '';
      return new AddOutcomeUnknownError(
        `Redis did not answer within ${timeoutMs} ms, though it was asked again until then${why}. The task may have been added.`,
        { cause },
      );
    }
    if (trouble && isReplyError(trouble)) return refusedError(trouble);
    return timeoutError({ call: 'add', wasSent: false, timeoutMs, cause: this.connection.trouble ?? trouble });
  }
}

function outcomeOf({ admission }: AppendCommand, reply: AdmitReply[number], call: AdmitCall): AddOutcome {
  if (typeof reply === 'string') return { id: reply };
  const [kind, text] = reply;
  if (kind === 'conflict') return { error: new IdempotencyConflictError(admission!.key!.name, text) };
  return { error: call.mayHaveArrived ? refusedAtLast(text) : refusedError(new Error(text)) };
}

/** An attempt before it, over a link that was left, may still be on its way. */
function refusedAtLast(text: string): AddOutcomeUnknownError {
  return new AddOutcomeUnknownError(
    `Redis refused the entry when it was sent again (${text}), and has not answered before. The task may have been added.`,
    { cause: new Error(text) },
  );
}

/** There was no answer, or one that tells of a server which is not ready, or not the right one any more. */
function bearsRepeating(error: Error): boolean {
  return (
    !isReplyError(error) || /\b(LOADING|READONLY|MASTERDOWN|MOVED|ASK|TRYAGAIN|CLUSTERDOWN|BUSY)\b/.test(error.message)
  );
}
