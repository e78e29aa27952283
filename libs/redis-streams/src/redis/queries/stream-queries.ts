import { RETRY_CONSUMER } from '../../wire/consumer-name.js';
import type { RawEntry } from '../../model/entry.js';
import type { GroupPause } from '../../model/group-pause.js';
import { failureKindOf } from '../../model/ports/redis-failure.js';
import type {
  Backlog,
  ConsumerInfo,
  DelayedInfo,
  DueInfo,
  GroupInfo,
  PendingInfo,
  Queries,
  StreamInfo,
} from '../../model/ports/queries.js';
import type { Keys } from '../keys.js';
import type { RedisClient } from '../connections/redis-client.js';
import { asPause, type RawPause } from '../lua/pause-of.js';
import { runScript } from '../lua/run-script.js';
import { countBacklogScript } from './count-backlog.js';
import { countBetweenScript } from './count-between.js';
import { countDueScript } from './count-due.js';
import type { QueryConnection } from './query-connection.js';
import { readPauseScript } from './read-pause.js';
import { streamNames } from './stream-names.js';

type Fields = Record<string, unknown>;

/** Asks Redis about streams. */
export class StreamQueries implements Queries {
  constructor(
    private readonly connection: QueryConnection,
    private readonly keys: Keys,
  ) {}

  streams(): Promise<string[]> {
    return streamNames(this.connection, this.keys);
  }

  async stream(stream: string): Promise<StreamInfo | undefined> {
    const reply = await this.ask((client) => client.xinfo('STREAM', this.keys.stream(stream))).catch(noSuchKey);
    if (!reply) return undefined;
    const fields = toFields(reply);
    return { length: Number(fields.length), lastGeneratedId: String(fields['last-generated-id']) };
  }

  async groups(stream: string): Promise<GroupInfo[]> {
    const reply = await this.ask((client) => client.xinfo('GROUPS', this.keys.stream(stream))).catch(noSuchKey);
    return ((reply ?? []) as unknown[]).map(toFields).map((fields) => ({
      name: String(fields.name),
      lastDeliveredId: String(fields['last-delivered-id']),
      pending: Number(fields.pending),
      lag: typeof fields.lag === 'number' ? fields.lag : undefined,
    }));
  }

  async consumers(stream: string, group: string): Promise<ConsumerInfo[]> {
    const key = this.keys.stream(stream);
    const reply = await this.ask((client) => client.xinfo('CONSUMERS', key, group)).catch(noSuchKey);
    return ((reply ?? []) as unknown[])
      .map(toFields)
      .map((fields) => ({ name: String(fields.name), pending: Number(fields.pending), idleMs: Number(fields.idle) }))
      .filter(({ name }) => name !== RETRY_CONSUMER);
  }

  async pending(stream: string, group: string): Promise<PendingInfo> {
    const reply = await this.ask((client) => client.xpending(this.keys.stream(stream), group));
    const [, oldestId, , holders] = reply as [number, string | null, string | null, [string, string][] | null];
    const retryScheduled = holders?.find(([name]) => name === RETRY_CONSUMER)?.[1];
    return { oldestId: oldestId ?? undefined, retryScheduled: Number(retryScheduled ?? 0) };
  }

  async pause(stream: string, group: string): Promise<GroupPause | undefined> {
    const { pause } = this.keys.ofGroup(stream, group);
    const asked = this.ask((client) => runScript<RawPause>(client, readPauseScript, [pause], []));
    return asPause(await asked.catch(noneOfForbidden));
  }

  async backlog(stream: string, after: string): Promise<Backlog> {
    const [count, exact] = await this.ask((client) =>
      runScript<[number, number]>(client, countBacklogScript, [this.keys.stream(stream)], [after]),
    );
    return { count, isExact: exact === 1 };
  }

  async between(stream: string, after: string, upTo: string): Promise<Backlog> {
    if (after === upTo) return { count: 0, isExact: true };
    const [count, exact] = await this.ask((client) =>
      runScript<[number, number]>(client, countBetweenScript, [this.keys.stream(stream)], [after, upTo]),
    );
    return { count, isExact: exact === 1 };
  }

  async firstAfter(stream: string, id: string): Promise<string | undefined> {
    const entries = await this.ask((client) => client.xrange(this.keys.stream(stream), id, '+', 'COUNT', 2));
    return entries.map(([entryId]) => entryId).find((entryId) => entryId !== id);
  }

  range(stream: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    return this.entries(this.keys.stream(stream), from, to, count);
  }

  deadLetterRange(stream: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    return this.entries(this.keys.dead(stream), from, to, count);
  }

  async delayed(stream: string): Promise<DelayedInfo> {
    const { delayed } = this.keys.ofDelayed(stream);
    const [count, [, next]] = await Promise.all([
      this.ask((client) => client.zcard(delayed)),
      this.ask((client) => client.zrange(delayed, '0', '0', 'WITHSCORES')),
    ]);
    return { count, nextDueAt: next === undefined ? undefined : Number(next) };
  }

  async due(stream: string, group: string): Promise<DueInfo> {
    const { retry, delayed, workers, pause } = this.keys.ofGroup(stream, group);
    const counts = await this.ask((client) =>
      runScript<number[]>(client, countDueScript, [retry, delayed, workers, pause], []),
    );
    const [serverNow, ...rest] = counts as [number, ...number[]];
    const [retries, due, there, paused] = rest.map((count) => (count < 0 ? undefined : count));
    return {
      serverNow,
      retries,
      delayed: due,
      workers: there,
      isPaused: paused === undefined ? undefined : paused === 1,
    };
  }

  async memory(stream: string): Promise<number | undefined> {
    const bytes = await this.ask((client) => client.memory('USAGE', this.keys.stream(stream))).catch(() => undefined);
    return bytes ?? undefined;
  }

  async deadLetters(stream: string): Promise<number> {
    return this.ask((client) => client.xlen(this.keys.dead(stream)));
  }

  private async entries(key: string, from: string, to: string, count: number): Promise<RawEntry[]> {
    const reply = await this.ask((client) => client.xrange(key, from, to, 'COUNT', count));
    return reply.map(([id, fields]) => ({ id, fields }));
  }

  private ask<Reply>(command: (client: RedisClient) => Promise<Reply>): Promise<Reply> {
    return this.connection.ask(command);
  }
}

function toFields(reply: unknown): Fields {
  if (!Array.isArray(reply)) return reply as Fields;
  const fields: Fields = {};
  for (let i = 0; i < reply.length; i += 2) fields[String(reply[i])] = reply[i + 1];
  return fields;
}

function noneOfForbidden(error: Error): null {
  if (failureKindOf(error) !== 'forbidden') throw error;
  return null;
}

function noSuchKey(error: Error): undefined {
  if (!error.message.includes('no such key')) throw error;
}
