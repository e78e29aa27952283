import { setTimeout as wait } from 'node:timers/promises';
import type { Cluster } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import { describeRedisError, isReplyError } from '../connections/redis-errors.js';
import type { RedisClient } from '../connections/redis-client.js';
import { isPassing, WatchedCommand } from './watched-command.js';

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
  if ('nodes' in client)
    return repeatWhileUnsent(client, args, giveUpAt, (command) => command.sendTo(client) as Promise<string>);
  return client.xadd(...(args as Parameters<typeof client.xadd>)) as Promise<string>;
}

/** The same, and tells which connection took it: a WAIT that is to count it must follow there. */
export async function xaddTraceably(client: RedisClient, args: XaddArguments, giveUpAt: number): Promise<TracedEntry> {
  if ('nodes' in client) {
    return repeatWhileUnsent(client, args, giveUpAt, async (command) =>
      traced((await command.sendTo(client)) as string, command),
    );
  }
  const command = newXadd(args);
  return traced((await client.sendCommand(command)) as string, command);
}

function traced(entryId: string, { socket }: WatchedCommand): TracedEntry {
  return { entryId, socket: socket! };
}

async function repeatWhileUnsent<Reply>(
  cluster: Cluster,
  args: XaddArguments,
  giveUpAt: number,
  attempt: (command: WatchedCommand) => Promise<Reply>,
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

function newXadd(args: XaddArguments): WatchedCommand {
  return new WatchedCommand('xadd', args);
}

function notSent(cause: unknown): RedisUnavailableError {
  return new RedisUnavailableError(
    `No node of the cluster took the command in time (${describeRedisError(cause)}). Nothing was sent.`,
    { cause },
  );
}
