import { type Cluster, Command } from 'ioredis';
import { isReplyError } from '../connections/redis-errors.js';

/** A command that knows whether a server may have got it, and over which connection. */
export class WatchedCommand extends Command {
  /** Whether it was written to a socket, and not answered by an error. */
  mayHaveArrived = false;
  socket: object | undefined;

  constructor(name: string, args: readonly (string | number | readonly string[])[]) {
    super(name, args as (string | number)[], { replyEncoding: 'utf8' });
  }

  override toWritable(socket: object): string | Buffer {
    this.mayHaveArrived = true;
    this.socket = socket;
    return super.toWritable(socket);
  }

  /** Sends it by way of the cluster, which may send it on where it is redirected to, and not again for other reasons. */
  sendTo(cluster: Cluster): Promise<unknown> {
    const { reject } = this;
    cluster.sendCommand(this);
    const rejectOrRepeat = this.reject;
    this.reject = (error) => {
      // A server that answers with an error has done nothing.
      if (isReplyError(error)) this.mayHaveArrived = false;
      (isRedirection(error) ? rejectOrRepeat : reject).call(this, error);
    };
    return this.promise;
  }
}

function isRedirection(error: Error): boolean {
  return isReplyError(error) && /^(MOVED|ASK) /.test(error.message);
}

/** Whether another server may take a command that this one refused, or the same one soon. */
export function isPassing(error: Error): boolean {
  return isReplyError(error) && /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/.test(error.message);
}
