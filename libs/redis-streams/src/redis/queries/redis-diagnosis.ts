import type { Cluster, Redis } from 'ioredis';
import { RedisUnavailableError } from '../../model/errors/errors.js';
import type { Diagnosis, Fact } from '../../model/ports/admin/diagnosis.js';
import { RedisFailure } from '../../model/ports/redis-failure.js';
import type { Connections } from '../connections/connections.js';
import type { RedisClient } from '../connections/redis-client.js';
import type { Keys } from '../keys.js';
import { withTimeout } from '../../timing/with-timeout.js';
import { runScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import type { QueryConnection } from './query-connection.js';

const NO_GROUP = '';
const PINGS = 3;
const SUBSCRIBED_WITHIN_MS = 2_000;

/** Reads nothing, writes nothing. Returns 1. */
const emptyScript = script(`return 1`);

/** Asks a server about itself. */
export class RedisDiagnosis implements Diagnosis {
  readonly place: string;

  constructor(
    private readonly connection: Pick<QueryConnection, 'ask'>,
    private readonly keys: Keys,
    private readonly connections: Pick<Connections, 'describe' | 'doorbell' | 'drop'>,
    /** Of a cluster, `host:port` of the one that is asked; default: whichever comes. */
    private readonly node?: string,
  ) {
    this.place = node ?? connections.describe();
  }

  async servers(): Promise<readonly Diagnosis[]> {
    const nodes = await this.ask(async (client) => {
      if (!('nodes' in client)) return [];
      // Answered, it knows its nodes.
      await client.ping();
      return client.nodes('master').map(addressOf);
    });
    if (nodes.length === 0) return [this];
    const { connection, keys, connections } = this;
    return nodes.toSorted().map((node) => new RedisDiagnosis(connection, keys, connections, node));
  }

  async latencyMs(): Promise<number> {
    // The first opens the connection.
    await this.ask((client) => client.ping());
    let best = Infinity;
    // The quickest: what held up others was this machine.
    for (let n = 0; n < PINGS; n++) {
      const startedAt = performance.now();
      await this.ask((client) => client.ping());
      best = Math.min(best, performance.now() - startedAt);
    }
    return best;
  }

  info(): Promise<Fact<Readonly<Record<string, string>>>> {
    return fact(async () => {
      // In capitals: in small letters it would be taken for what is asked when a connection opens.
      const text = await this.call(['INFO']);
      return Object.fromEntries(
        [...text.matchAll(/^([^:\r\n#]+):(.*?)\r?$/gm)].map(([, name, value]) => [name, value]),
      );
    });
  }

  config(name: string): Promise<Fact<string | undefined>> {
    return fact(async () => {
      const reply = await this.ask((client) => client.config('GET', name));
      return reply[1];
    });
  }

  clockAheadMs(): Promise<Fact<number>> {
    return fact(async () => {
      const sentAt = Date.now();
      const [seconds, micros] = await this.ask((client) => client.time());
      const serverNow = Number(seconds) * 1_000 + Number(micros) / 1_000;
      return serverNow - (sentAt + Date.now()) / 2;
    });
  }

  async whyNoScripts(): Promise<string | undefined> {
    const reply = await fact(() =>
      // Without a key every node of a cluster runs it.
      this.ask((client) => runScript<number>(client, emptyScript, [], [])),
    );
    return 'refused' in reply ? reply.refused : undefined;
  }

  async whyNoBlocking(): Promise<string | undefined> {
    const read = ['GROUP', '-', '-', 'BLOCK', '1', 'STREAMS', this.keys.scheduledStreams, '>'];
    const reply = await fact(() => this.ask((client) => client.call('XREADGROUP', read)));
    // There is no such group, nor is this a stream, or this user may not, or another node has the key: whoever says so has understood.
    return 'refused' in reply && !/NOGROUP|WRONGTYPE|NOPERM|MOVED/.test(reply.refused) ? reply.refused : undefined;
  }

  async whyNoPubSub(): Promise<string | undefined> {
    let client: Redis | undefined;
    try {
      client = await this.connections.doorbell();
      const isHeard = await withTimeout(SUBSCRIBED_WITHIN_MS, client.subscribe(`${this.keys.bells}doctor`));
      return isHeard ? undefined : `no answer to SUBSCRIBE within ${SUBSCRIBED_WITHIN_MS} ms`;
    } catch (error) {
      return (error as Error).message;
    } finally {
      if (client) this.connections.drop(client);
    }
  }

  forbidden(commands: readonly (readonly [string, ...string[]])[]): Promise<Fact<readonly string[]>> {
    return fact(async () => {
      const user = await this.call(['ACL', 'WHOAMI']);
      const found: string[] = [];
      for (const command of commands) {
        const answer = await this.call(['ACL', 'DRYRUN', user, ...command]);
        if (answer !== 'OK') found.push(command[0]);
      }
      return found;
    });
  }

  async earliestRetry(stream: string, group: string): Promise<number | undefined> {
    const { retry } = this.keys.ofGroup(stream, group);
    const [, due] = await this.ask((client) => client.zrange(retry, '0', '0', 'WITHSCORES'));
    return due === undefined ? undefined : Number(due);
  }

  async markedGroups(stream: string): Promise<readonly string[]> {
    const { marks } = this.keys.ofGroup(stream, NO_GROUP);
    return Object.keys(await this.ask((client) => client.hgetall(marks)));
  }

  private call([name, ...args]: readonly [string, ...string[]]): Promise<string> {
    return this.ask((client) => client.call(name, args) as Promise<string>);
  }

  private ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    const { node } = this;
    if (node === undefined) return this.connection.ask(command);
    return this.connection.ask((client) => command(masterAt(client as Cluster, node)));
  }
}

function masterAt(cluster: Cluster, address: string): Redis {
  const master = cluster.nodes('master').find((node) => addressOf(node) === address);
  if (!master) throw new RedisUnavailableError(`${address} is no master of the cluster any more.`);
  return master;
}

function addressOf({ options }: Redis): string {
  return `${options.host}:${options.port}`;
}

/** An answer that is a refusal is one, too. */
async function fact<T>(ask: () => Promise<T>): Promise<Fact<T>> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (error instanceof RedisFailure) return { refused: error.message };
    throw error;
  }
}
