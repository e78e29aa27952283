import { RedisUnavailableError } from '../../../model/errors/errors.js';
import type { RedisClient } from '../../connections/redis-client.js';
import { isReplyError } from '../../connections/redis-errors.js';
import { WatchedCommand } from '../watched-command.js';
import { type AdmitCommand, type AdmitReply, admitScript } from './admit.js';

/** A call of the script: may be sent again until its time is over, and knows whether it may have run. */
export class AdmitCall {
  /** What the last attempt failed with. */
  trouble: Error | undefined;
  private readonly giveUpAt: number;
  private hasArrived = false;
  private underWay: WatchedCommand | undefined;

  constructor(
    private readonly command: AdmitCommand,
    readonly timeoutMs: number,
  ) {
    this.giveUpAt = performance.now() + timeoutMs;
  }

  get leftMs(): number {
    return this.giveUpAt - performance.now();
  }

  /** In a cluster also where it waits for the connection to a node: ioredis may still write it. */
  get mayHaveArrived(): boolean {
    return this.hasArrived || this.underWay !== undefined;
  }

  /** By its hash; a server that does not know the script yet gets all of it. */
  async send(client: RedisClient): Promise<AdmitReply> {
    try {
      return await this.sendAs('evalsha', admitScript.sha, client);
    } catch (error) {
      if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
      return await this.sendAs('eval', admitScript.lua, client);
    }
  }

  private async sendAs(name: string, which: string, client: RedisClient): Promise<AdmitReply> {
    // Its caller was told while it waited for the connection.
    if (this.leftMs <= 0) throw new RedisUnavailableError('The time of the add is over.');
    // One that was given up may still run.
    if (this.underWay) this.hasArrived = true;
    const { keys, args } = this.command;
    const command = new WatchedCommand(name, [which, keys.length, ...keys, ...args]);
    this.underWay = command;
    try {
      if ('nodes' in client) return (await command.sendTo(client)) as AdmitReply;
      return (await client.sendCommand(command)) as AdmitReply;
    } catch (error) {
      if (command.mayHaveArrived && !isReplyError(error as Error)) this.hasArrived = true;
      // The slot may have another master by now.
      if ('nodes' in client) client.refreshSlotsCache();
      throw error;
    } finally {
      if (this.underWay === command) this.underWay = undefined;
    }
  }
}
