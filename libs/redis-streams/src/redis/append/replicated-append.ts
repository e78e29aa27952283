import type { Redis } from 'ioredis';
import { DeadlineQueue } from '../../timing/deadline-queue.js';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { AppendConnection } from './append-connection.js';
import { type XaddArguments, xaddTraceably } from './xadd.js';
import { cork, type RedisClient } from '../connections/redis-client.js';
import { ReplicatedAdd } from './replicated-add.js';

/** Longest WAIT: an XADD that comes during one is held up so long at most, and by what a server's clock adds to it. */
const LONGEST_WAIT_MS = 200;

/**
 * Adds that wait for replicas, over a connection of their own. WAIT holds up all that comes after it on its connection, so that
 * adding and waiting take turns, and a WAIT is short: what came meanwhile is added before the next one, which counts for all
 * that was added over the same connection and is not confirmed yet. Nothing is sent after its caller was told, and everyone
 * is told in time.
 */
export class ReplicatedAppend {
  private readonly deadlines: DeadlineQueue<ReplicatedAdd>;
  private next: ReplicatedAdd[] = [];
  private readonly unconfirmed = new Set<ReplicatedAdd>();
  private isRunning = false;

  constructor(private readonly connection: AppendConnection) {
    this.deadlines = new DeadlineQueue(connection.timeoutMs, (add) => {
      add.giveUp(connection.timeoutMs, connection.trouble);
    });
  }

  /** @throws what `StreamProducer.add` throws */
  append(args: XaddArguments, minReplicas: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const giveUpAt = performance.now() + this.connection.timeoutMs;
      const add = new ReplicatedAdd({ args, minReplicas, giveUpAt }, resolve, reject);
      add.deadline = this.deadlines.add(add);
      this.next.push(add);
      this.start();
    });
  }

  private start(): void {
    if (this.isRunning) return;
    this.isRunning = true;
    // The turn's other adds go with it.
    setImmediate(() => void this.run());
  }

  private async run(): Promise<void> {
    while (this.next.length > 0 || this.unconfirmed.size > 0) {
      const batch = this.next;
      this.next = [];
      try {
        await this.connection.call((client) => this.addAndWait(client, batch));
      } catch (error) {
        // Those of earlier turns, too: a connection that is closed rejects at once, and this loop must not spin.
        for (const add of [...batch, ...this.unconfirmed]) add.fail(error as Error);
      }
      for (const add of this.unconfirmed) if (!add.isOpen) this.unconfirmed.delete(add);
    }
    this.isRunning = false;
  }

  private async addAndWait(client: RedisClient, batch: readonly ReplicatedAdd[]): Promise<void> {
    const release = cork(client);
    const added = batch.filter(({ isOpen }) => isOpen).map((add) => this.add(client, add));
    release();
    // One that waits for a failover of its node holds up nobody else.
    await settledWithin(this.waitMs, added);
    const nodes = 'nodes' in client ? client.nodes('all') : [client];
    await Promise.all(
      [...this.unconfirmedBySocket()].map(([socket, adds]) => {
        const node = nodes.find(({ stream }) => stream === socket);
        return this.confirm(node, adds);
      }),
    );
  }

  private async add(client: RedisClient, add: ReplicatedAdd): Promise<void> {
    const { args, giveUpAt } = add.command;
    add.isSent = true;
    try {
      add.entry = await xaddTraceably(client, args, giveUpAt);
      if (!add.isOpen) return;
      this.unconfirmed.add(add);
      this.start();
    } catch (error) {
      add.fail(error as Error);
    }
  }

  /** @param node the connection over which these were added; undefined when it is gone, and with it what WAIT would count */
  private async confirm(node: Redis | undefined, adds: readonly ReplicatedAdd[]): Promise<void> {
    try {
      if (!node) throw new RedisUnavailableError('The connection to Redis broke before replicas confirmed the entry.');
      const replicas = await node.wait(Math.max(...adds.map(({ command }) => command.minReplicas)), this.waitMs);
      for (const add of adds) add.confirmedBy(replicas);
    } catch (error) {
      for (const add of adds) add.fail(error as Error);
    }
  }

  private unconfirmedBySocket(): ReadonlyMap<object, ReplicatedAdd[]> {
    const groups = new Map<object, ReplicatedAdd[]>();
    for (const add of this.unconfirmed) {
      if (!add.isOpen) continue;
      const { socket } = add.entry!;
      const group = groups.get(socket);
      if (group) group.push(add);
      else groups.set(socket, [add]);
    }
    return groups;
  }

  private get waitMs(): number {
    return Math.ceil(Math.min(LONGEST_WAIT_MS, this.connection.timeoutMs / 4));
  }
}

async function settledWithin(ms: number, promises: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const elapsed = new Promise((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(promises), elapsed]);
  clearTimeout(timer);
}
