import { setTimeout as wait } from 'node:timers/promises';
import { type Cluster, Command } from 'ioredis';
import { RedisUnavailableError } from '../model/errors.js';
import { describeRedisError, isReplyError } from './redis-errors.js';
import { type AddAndWaitReplies, replicaWaitMs, type XaddArguments } from './xadd.js';

const REPEAT_AFTER_MS = 100;
/** An attempt that begins later than this before its time is over could only end with an unknown outcome. */
const LONGEST_ATTEMPT_MS = 100;

/**
 * XADD to a cluster, safe while its nodes come and go. ioredis repeats what was in flight when a node's connection broke,
 * which may make two entries of one, and may repeat it after the caller was told; here it is repeated in time, and only as
 * long as no server can have got it.
 *
 * @param giveUpAt when it may no longer be repeated, on performance.now's clock
 * @throws RedisUnavailableError when it could not be sent by then; else what ioredis rejects with
 */
export function appendToCluster(cluster: Cluster, args: XaddArguments, giveUpAt: number): Promise<string> {
  return repeatWhileKept(cluster, args, giveUpAt, (command) => command.sendTo(cluster));
}

/**
 * The same, with a WAIT behind it on the same connection. The cluster must not repeat a pipeline by itself:
 * `retryDelayOnFailover` 0. While its slot is being moved an add waits until that is done.
 */
export function appendToClusterAndWait(
  cluster: Cluster,
  args: XaddArguments,
  minReplicas: number,
  giveUpAt: number,
): Promise<AddAndWaitReplies> {
  return repeatWhileKept(cluster, args, giveUpAt, async (command) => {
    const pipeline = cluster.pipeline() as unknown as {
      sendCommand(command: Command): ReturnType<Cluster['pipeline']>;
    };
    const commands = pipeline.sendCommand(command).wait(minReplicas, replicaWaitMs(giveUpAt));
    const replies = (await commands.exec()) as AddAndWaitReplies;
    const [[error]] = replies;
    if (!error) return replies;
    command.rejectedWith(error);
    throw error;
  });
}

async function repeatWhileKept<Reply>(
  cluster: Cluster,
  args: XaddArguments,
  giveUpAt: number,
  attempt: (command: WatchedXadd) => Promise<Reply>,
): Promise<Reply> {
  for (;;) {
    const command = new WatchedXadd('xadd', args as (string | number)[], { replyEncoding: 'utf8' });
    try {
      return await attempt(command);
    } catch (error) {
      const isRefused = isReplyError(error as Error) && !isPassing(error as Error);
      if (command.isOut || isRefused) throw error;
      if (performance.now() + REPEAT_AFTER_MS + LONGEST_ATTEMPT_MS > giveUpAt) throw notSent(error);
      // The slot may have another master by then.
      cluster.refreshSlotsCache();
      await wait(REPEAT_AFTER_MS, undefined, { ref: false });
      if (performance.now() + LONGEST_ATTEMPT_MS > giveUpAt || cluster.status === 'end') throw notSent(error);
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

  /** Sends it by way of the cluster, which may send it on where it is redirected to, and not again for other reasons. */
  sendTo(cluster: Cluster): Promise<string> {
    const { reject } = this;
    cluster.sendCommand(this);
    const rejectOrRepeat = this.reject;
    this.reject = (error) => {
      this.rejectedWith(error);
      (isRedirection(error) ? rejectOrRepeat : reject).call(this, error);
    };
    return this.promise as Promise<string>;
  }

  /** A server that answers with an error has added nothing. */
  rejectedWith(error: Error): void {
    if (isReplyError(error)) this.isOut = false;
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
