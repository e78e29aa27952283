import type { RawEntry } from '../../model/entry.js';
import type { Backlog, MemoryLook, NamesPage, Queries, StreamLook } from '../../model/ports/queries.js';
import type { Keys } from '../keys.js';
import type { RedisClient } from '../connections/redis-client.js';
import { runScript } from '../lua/run-script.js';
import { countBetweenScript } from './count-between.js';
import { lookAtStream } from './look/look-at-stream.js';
import type { QueryConnection } from './query-connection.js';
import { scanNames } from './scan-names.js';

/** Asks Redis about streams. */
export class StreamQueries implements Queries {
  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  async between(stream: string, after: string, upTo: string): Promise<Backlog> {
    if (after === upTo) return { count: 0, isExact: true };
    const [count, exact] = await this.ask((client) =>
      runScript<[number, number]>(client, countBetweenScript, [this.keys.stream(stream)], [after, upTo]),
    );
    return { count, isExact: exact === 1 };
  }

  look(stream: string, wantsLately: boolean): Promise<StreamLook> {
    return this.ask((client) => lookAtStream(client, this.keys, stream, wantsLately));
  }

  async memory(stream: string): Promise<MemoryLook> {
    const { delayed, tasks } = this.keys.ofDelayed(stream);
    const [entries, deadLetters, due, fields] = await Promise.all([
      this.bytesOf(this.keys.stream(stream)),
      this.bytesOf(this.keys.dead(stream)),
      this.bytesOf(delayed),
      this.bytesOf(tasks),
    ]);
    return { entries, deadLetters, delayed: due + fields };
  }

  range(stream: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    return this.entries(this.keys.stream(stream), from, to, count);
  }

  deadLetterRange(stream: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    return this.entries(this.keys.dead(stream), from, to, count);
  }

  names(from: string | undefined): Promise<NamesPage> {
    return this.ask((client) => scanNames(client, this.keys, from));
  }

  async scheduledStreams(): Promise<readonly string[]> {
    return Object.keys(await this.ask((client) => client.hgetall(this.keys.scheduledStreams)));
  }

  private async bytesOf(key: string): Promise<number> {
    return (await this.ask((client) => client.memory('USAGE', key))) ?? 0;
  }

  private async entries(key: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    const reply = await this.ask((client) => client.xrange(key, from, to, 'COUNT', count));
    return reply.map(([id, fields]) => ({ id, fields }));
  }

  private ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return this.connection.ask(command);
  }
}
