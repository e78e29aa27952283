import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, Command } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { describeRedisError, isReplyError } from '../connections/redis-errors.js';
import type { RedisClient } from '../connections/redis-client.js';

const REPEAT_AFTER_MS = 100;
/** An attempt that begins later than this before its time is over could only end with an unknown outcome. */
const LONGEST_ATTEMPT_MS = 100;

/** As many fields as an entry may have would not fit on the stack: they are one list, which ioredis unfolds. */
export type XaddArguments = [key: string, ...(string | number | readonly string[])[]];

/** An entry, and the connection that it was added over. */
export interface TracedEntry {
  readonly entryId: string;
  readonly socket: object;
}

/**
 * One XADD. In a cluster it is safe while nodes come and go: ioredis repeats what was in flight when a node's connection broke,
 * which may make two entries of one, and may repeat it after the caller was told; here it is repeated in time, and only as
 * long as no server can have got it.
 *
 * @param giveUpAt when it may no longer be repeated, on performance.now's clock
 * @throws RedisUnavailableError when it could not be sent by then; else what ioredis rejects with
 */
export function xadd(client: RedisClient, args: XaddArguments, giveUpAt: number): Promise<string> {
  if ('nodes' in client) return repeatWhileUnsent(client, args, giveUpAt, (command) => command.sendTo(client));
  return client.xadd(...(args as Parameters<typeof client.xadd>)) as Promise<string>;
}

/** The same, and tells which connection took it: a WAIT that is to count it must follow there. */
export async function xaddTraceably(client: RedisClient, args: XaddArguments, giveUpAt: number): Promise<TracedEntry> {
  if ('nodes' in client) {
    return repeatWhileUnsent(client, args, giveUpAt, async (command) => traced(await command.sendTo(client), command));
  }
  const command = newXadd(args);
  return traced((await client.sendCommand(command)) as string, command);
}

function traced(entryId: string, { socket }: WatchedXadd): TracedEntry {
  return { entryId, socket: socket! };
}

async function repeatWhileUnsent<Reply>(
  cluster: Cluster,
  args: XaddArguments,
  giveUpAt: number,
  attempt: (command: WatchedXadd) => Promise<Reply>,
): Promise<Reply> {
  for (;;) {
    const command = newXadd(args);
    try {
      return await attempt(command);
    } catch (error) {
      const isRefused = isReplyError(error as Error) && !isPassing(error as Error);
      if (command.mayHaveArrived || isRefused) throw error;
      if (performance.now() + REPEAT_AFTER_MS + LONGEST_ATTEMPT_MS > giveUpAt) throw notSent(error);
      // The slot may have another master by then.
      cluster.refreshSlotsCache();
      await wait(REPEAT_AFTER_MS, undefined, { ref: false });
      if (performance.now() + LONGEST_ATTEMPT_MS > giveUpAt || cluster.status === 'end') throw notSent(error);
    }
  }
}

function newXadd(args: XaddArguments): WatchedXadd {
  return new WatchedXadd('xadd', args as (string | number)[], { replyEncoding: 'utf8' });
}

/** An XADD that knows whether a server may have got it, and over which connection. */
class WatchedXadd extends Command {
  /** Whether it was written to a socket, and not answered by an error. */
  mayHaveArrived = false;
  socket: object | undefined;

  override toWritable(socket: object): string | Buffer {
    this.mayHaveArrived = true;
    this.socket = socket;
    return super.toWritable(socket);
  }

  /** Sends it by way of the cluster, which may send it on where it is redirected to, and not again for other reasons. */
  sendTo(cluster: Cluster): Promise<string> {
    const { reject } = this;
    cluster.sendCommand(this);
    const rejectOrRepeat = this.reject;
    this.reject = (error) => {
      // A server that answers with an error has added nothing.
      if (isReplyError(error)) this.mayHaveArrived = false;
      (isRedirection(error) ? rejectOrRepeat : reject).call(this, error);
    };
    return this.promise as Promise<string>;
  }
}

function isRedirection(error: Error): boolean {
  return isReplyError(error) && /^(MOVED|ASK) /.test(error.message);
}

function isPassing(error: Error): boolean {
  return isRedirection(error) || /^(TRYAGAIN|CLUSTERDOWN)/.test(error.message);
}

function notSent(cause: unknown): RedisUnavailableError {
  return new RedisUnavailableError(
    `No node of the cluster took the command in time (${describeRedisError(cause)}). Nothing was sent.`,
    { cause },
  );
}
