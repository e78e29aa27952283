import type { Broker, Member, WatchedMember } from '../model/ports/broker.js';
import type { RedisFailure } from '../model/ports/redis-failure.js';
import type { Connections } from './connections/connections.js';
import { asFailure } from './connections/redis-failure.js';
import { GroupCommands } from './group/group-commands.js';
import type { Keys } from './keys.js';
import { LeaseThread } from './lease-thread/lease-thread.js';
import { BlockingReader } from './reading/blocking-reader.js';

/** What the engine asks of Redis, over the connections of this process. It opens none before it is asked. */
export class RedisBroker implements Broker {
  constructor(
    private readonly connections: Connections,
    private readonly keys: Keys,
    private readonly processName: string,
  ) {}

  get place(): string {
    return this.connections.describe();
  }

  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  get trouble(): RedisFailure | undefined {
    const error = this.connections.lastError(this.client);
    return error && asFailure(error);
  }

  async answers(): Promise<void> {
    await this.client.ping().catch((error: Error) => {
      throw asFailure(error);
    });
  }

  onReady(listener: () => void): () => void {
    return this.connections.control().onReady(listener);
  }

  group(member: Member): GroupCommands {
    return new GroupCommands(this.connections.control(), this.keys, member);
  }

  reader({ stream, group, consumer }: Member): BlockingReader {
    return new BlockingReader(this.connections, { streamKey: this.keys.stream(stream), group, consumer });
  }

  async describePaths(stream: string): Promise<string> {
    // Trims nothing; servers before 6.2 do not know it.
    const canTrimById = await this.client.call('XTRIM', [this.keys.stream(stream), 'MINID', '0-0']).then(
      () => true,
      () => false,
    );
    return `the history is trimmed by ${canTrimById ? 'id (XTRIM MINID)' : 'counting (no XTRIM MINID here)'}`;
  }

  keepLeases(members: readonly WatchedMember[], onEnd: (error: Error) => void): LeaseThread {
    const { processName, connections } = this;
    const subscriptions = members.map(({ stream, ...member }) => ({ streamKey: this.keys.stream(stream), ...member }));
    return new LeaseThread({ connection: connections.connection, processName, subscriptions }, onEnd);
  }

  private get client() {
    return this.connections.control().client;
  }
}
