import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, Command } from 'ioredis';
import { RedisUnavailableError } from '../model/errors.js';
import { describeRedisError } from './redis-errors.js';

/** As many fields as an entry may have would not fit on the stack: they are one list, which ioredis unfolds. */
export type XaddArguments = [key: string, ...(string | number | readonly string[])[]];

/** What XADD and the WAIT after it answered, as a pipeline gives it. */
export type AddAndWaitReplies = [[error: Error | null, id: string], [error: Error | null, replicas: number]];

const REPEAT_AFTER_MS = 100;

/**
 * XADD to a cluster, safe while its nodes come and go. ioredis repeats what was in flight when a node's connection broke,
 * which may make two entries of one; here it is repeated only as long as no server can have got it.
 *
 * @param giveUpAt when it may no longer be repeated, on performance.now's clock
 * @throws RedisUnavailableError when it could not be sent by then; else what ioredis rejects with
 */
export function appendToCluster(cluster: Cluster, args: XaddArguments, giveUpAt: number): Promise<string> {
  return repeatWhileKept(args, giveUpAt, (command) => command.sendTo(cluster, giveUpAt));
}

/**
 * The same, with a WAIT behind it on the same connection. The cluster must not repeat a pipeline by itself:
 * `retryDelayOnFailover` 0.
 */
export function appendToClusterAndWait(
  cluster: Cluster,
  args: XaddArguments,
  minReplicas: number,
  waitMs: number,
  giveUpAt: number,
): Promise<AddAndWaitReplies> {
  return repeatWhileKept(args, giveUpAt, async (command) => {
    const pipeline = cluster.pipeline() as unknown as {
      sendCommand(command: Command): ReturnType<Cluster['pipeline']>;
    };
    const replies = (await pipeline.sendCommand(command).wait(minReplicas, waitMs).exec()) as AddAndWaitReplies;
    const [[error]] = replies;
    if (!error) return replies;
    command.rejectedWith(error);
    // ioredis learns the way of a key that has moved from single commands only.
    if (isRedirection(error)) await new Promise((resolve) => cluster.refreshSlotsCache(resolve));
    throw error;
  });
}

async function repeatWhileKept<Reply>(
  args: XaddArguments,
  giveUpAt: number,
  attempt: (command: WatchedXadd) => Promise<Reply>,
): Promise<Reply> {
  for (;;) {
    const command = new WatchedXadd('xadd', args as (string | number)[], { replyEncoding: 'utf8' });
    try {
      return await attempt(command);
    } catch (error) {
      const isRefused = isReply(error as Error) && !isRedirection(error as Error);
      if (command.isOut || isRefused) throw error;
      if (performance.now() + REPEAT_AFTER_MS > giveUpAt) throw notSent(error);
      await wait(REPEAT_AFTER_MS);
    }
  }
}

/** An XADD that knows whether a server may have got it. */
class WatchedXadd extends Command {
  /** Whether it was written to a socket, and not answered by an error. */
  isOut = false;

  override toWritable(socket: object): string | Buffer {
    this.isOut = true;
    return super.toWritable(socket);
  }

  /** Sends it by way of the cluster, which sends it again after each error that it takes for passing. */
  sendTo(cluster: Cluster, giveUpAt: number): Promise<string> {
    const { reject } = this;
    cluster.sendCommand(this);
    const rejectOrRepeat = this.reject;
    this.reject = (error) => {
      this.rejectedWith(error);
      const mayRepeat = !this.isOut && performance.now() < giveUpAt;
      (mayRepeat ? rejectOrRepeat : reject).call(this, error);
    };
    return this.promise as Promise<string>;
  }

  /** A server that answers with an error has added nothing. */
  rejectedWith(error: Error): void {
    if (isReply(error)) this.isOut = false;
  }
}

function isReply({ name }: Error): boolean {
  return name === 'ReplyError';
}

function isRedirection({ message }: Error): boolean {
  return /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) ?/.test(message);
}

function notSent(cause: unknown): RedisUnavailableError {
  return new RedisUnavailableError(
    `No node of the cluster took the command in time (${describeRedisError(cause)}). Nothing was sent.`,
    { cause },
  );
}
