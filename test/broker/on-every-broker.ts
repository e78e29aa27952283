import { describe, onTestFinished } from 'vitest';
import type { Group } from '../../libs/redis-streams/src/model/ports/group.js';
import type { Reader } from '../../libs/redis-streams/src/model/ports/reader.js';
import type { SweepCommand } from '../../libs/redis-streams/src/model/ports/claims.js';
import type { SettleCommand, SettleReply } from '../../libs/redis-streams/src/model/ports/settlement.js';
import { inMemoryWorld } from './in-memory-world.js';
import { redisWorld } from './redis-world.js';
import type { World } from './world.js';

/** Who most tests speak as. Its lease is long: nothing of it looks abandoned. */
export const ME = 'me@60000ms';

/** A world with its group, and the short ways to use it. */
export interface Scene extends World {
  /** As one of its consumers. */
  readonly as: (consumer: string) => Group;
  readonly me: Group;
  /** A reader that is connected. */
  readonly reader: (consumer?: string) => Promise<Reader>;
  /** Adds so many entries and has a consumer read them. @returns their ids */
  readonly delivered: (count: number, consumer?: string) => Promise<string[]>;
  /** Settles as me; what is left out is empty. */
  readonly settle: (command: Partial<SettleCommand>) => Promise<SettleReply>;
  /** Adds entries, has them read by me, and schedules each for a retry after so many milliseconds. @returns their ids */
  readonly scheduled: (...delaysMs: number[]) => Promise<string[]>;
  /** Sweeps as me; what is left out takes over as much as it finds. */
  readonly sweep: (command?: Partial<SweepCommand>) => ReturnType<Group['sweep']>;
  /** Who has what at which count. */
  readonly held: () => Promise<[id: string, consumer: string, deliveryCount: number][]>;
}

/** States cases of what the engine relies on, which hold for Redis and for its stand-in alike. */
export function onEveryBroker(cases: (open: () => Promise<Scene>) => void): void {
  describe.each([
    { name: 'in memory', world: inMemoryWorld },
    { name: 'on Redis', world: redisWorld },
  ])('$name', ({ world }) => {
    cases(async () => {
      const scene = withShortWays(await world());
      await scene.me.ensure('0-0', false);
      return scene;
    });
  });
}

/** The short ways to use a world. */
export function withShortWays(world: World): Scene {
  const { broker, stream, group } = world;
  const as = (consumer: string) => broker.group({ stream, group, consumer });
  const me = as(ME);
  const readers = new Map<string, Reader>();
  const reader = async (consumer = ME) => {
    const known = readers.get(consumer);
    if (known) return known;
    const opened = broker.reader({ stream, group, consumer });
    readers.set(consumer, opened);
    onTestFinished(() => opened.close());
    await opened.connect();
    return opened;
  };
  const settle: Scene['settle'] = (command) => me.settle({ acks: [], retries: [], deadLetters: [], ...command });
  const delivered: Scene['delivered'] = async (count, consumer) => {
    await world.addMany(count);
    const entries = await (await reader(consumer)).read(count, 0);
    return entries.map(({ id }) => id);
  };
  return {
    ...world,
    ...{ as, me, reader, settle, delivered },
    scheduled: async (...delaysMs) => {
      const ids = await delivered(delaysMs.length);
      const retries = ids.map((entryId, n) => ({ entryId, deliveryCount: 1, delayMs: delaysMs[n]!, keepCount: 1 }));
      await settle({ retries });
      return ids;
    },
    sweep: async (command) =>
      me.sweep({
        ...{ limit: 100, expectedServerNow: await world.serverNow(), unstable: [] },
        ...{ foreignAfterMs: 300_000, foreignLeaseMs: 60_000, from: { consumer: '', id: '' } },
        ...{ takeOver: 100, looksAround: false, slots: 1, stuck: 0, running: [], ...command },
      }),
    held: async () => (await world.pending()).map(({ id, consumer, deliveryCount }) => [id, consumer, deliveryCount]),
  };
}

export function at(deliveryCount: number, ...ids: string[]) {
  return ids.map((entryId) => ({ entryId, deliveryCount }));
}
