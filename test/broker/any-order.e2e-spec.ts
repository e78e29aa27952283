import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ClaimReply } from '../../libs/redis-streams/src/model/ports/claims.js';
import { RedisFailure } from '../../libs/redis-streams/src/model/ports/redis-failure.js';
import { inMemoryWorld } from './in-memory-world.js';
import { type Scene, withShortWays } from './on-every-broker.js';
import { redisWorld } from './redis-world.js';

/** With leases so long that nothing is abandoned before `age` makes it so. */
const CONSUMERS = ['a@60000ms', 'b@600000ms', 'made-by-hand'];
const AGES_MS = [100_000, 1_000_000];
const FOREIGN_AFTER_MS = 300_000;
/** Due times are so far apart, and so far from now, that none passes by while a test runs. */
const DUE_STEP_MS = 10_000;
const RUNS = 30;

/** One thing that may happen, done to a world. What it gives is compared. */
type Act = (scene: Scene, ids: readonly string[]) => Promise<unknown>;

class Step {
  constructor(
    private readonly text: string,
    readonly act: Act,
  ) {}

  /** How a failure tells it. */
  [fc.toStringMethod](): string {
    return this.text;
  }
}

const consumer = fc.constantFrom(...CONSUMERS);
/** Places in the list of all ids that were ever added. */
const places = fc.uniqueArray(fc.nat(9), { maxLength: 6 });
const counts = fc.integer({ min: 1, max: 3 });
const limit = fc.integer({ min: 1, max: 4 });
/** Ids at places; those that were not added yet are ids that nobody knows. */
const at = (ids: readonly string[], chosen: readonly number[]) => chosen.map((place) => ids[place] ?? `${place}-9`);

const ADD = new Step('add', (scene, ids) => scene.add(undefined, ids.at(-1)));
const add: fc.WeightedArbitrary<Step> = {
  weight: 6,
  arbitrary: fc.constant(ADD),
};

/** Whatever the engine may ask, most often what it asks most often. */
const calls: fc.WeightedArbitrary<Step>[] = [
  stepOf('read', 8, [consumer, limit], (who, count) => async (scene) => (await scene.reader(who)).read(count, 0)),
  stepOf(
    'settle',
    8,
    [consumer, places, counts, fc.array(fc.constantFrom('ack', 'retry', 'dead'), { minLength: 6, maxLength: 6 })],
    (who, chosen, deliveryCount, verdicts) => async (scene, ids) => {
      const commands = at(ids, chosen).map((entryId, n) => ({
        ...{ entryId, deliveryCount, verdict: verdicts[n], maxLen: undefined, headers: ['~dead-id', entryId] },
        ...{
          keepCount: deliveryCount - (n % 2),
          delayMs: DUE_STEP_MS * (n % 3 === 0 ? -1 - chosen[n]! : 1 + chosen[n]!),
        },
      }));
      const of = (verdict: string) => commands.filter((command) => command.verdict === verdict);
      return scene.as(who).settle({ acks: of('ack'), retries: of('retry'), deadLetters: of('dead') });
    },
  ),
  stepOf('renew', 2, [consumer, places], (who, chosen) => async (scene, ids) => scene.as(who).renew(at(ids, chosen))),
  stepOf(
    'claimDue',
    5,
    [consumer, limit, places, places],
    (who, most, notThese, late) => async (scene, ids) =>
      scene.as(who).claimDue({ limit: most, notThese: at(ids, notThese), late: at(ids, late.slice(0, 1)) }),
  ),
  stepOf(
    'sweep',
    6,
    [consumer, limit, fc.nat(2), places, fc.boolean()],
    (who, most, takeOver, running, knowsTime) => async (scene, ids) =>
      scene.as(who).sweep({
        ...{
          limit: most,
          takeOver,
          running: at(ids, running),
          from: { consumer: '', id: '' },
          looksAround: false,
          slots: 1,
          stuck: 0,
        },
        ...{ expectedServerNow: knowsTime ? await scene.serverNow() : undefined, unstable: [] },
        ...{ foreignAfterMs: FOREIGN_AFTER_MS, foreignLeaseMs: 60_000 },
      }),
  ),
  stepOf('leave', 1, [consumer], (who) => async (scene) => scene.as(who).leave()),
  stepOf('ensure', 4, [fc.boolean()], (isKnown) => async (scene) => scene.me.ensure('0-0', isKnown)),
  stepOf('readLife', 2, [], () => async (scene) => scene.me.readLife()),
  stepOf(
    'trimHistory',
    3,
    [],
    () => async (scene) =>
      scene.me.trimHistory({
        ...{ reporter: 'suite', finished: 0, counted: 0, maxEntries: undefined, maxAgeMs: 0 },
        ...{ abandonGroupAfterMs: 0, foreignAfterMs: FOREIGN_AFTER_MS, isStable: true },
      }),
  ),
];

/** What happens to a stream beside that. */
const disturbances: fc.WeightedArbitrary<Step>[] = [
  stepOf(
    'age',
    4,
    [places, fc.constantFrom(...AGES_MS)],
    (chosen, ms) => async (scene, ids) => scene.age(ms, at(ids, chosen)),
  ),
  stepOf('destroyGroup', 1, [], () => async (scene) => scene.destroyGroup()),
  stepOf('moveGroup', 1, [fc.nat(9)], (place) => async (scene, ids) => scene.moveGroup(at(ids, [place])[0]!)),
  stepOf('forgetRetries', 1, [], () => async (scene) => scene.forgetRetries()),
  stepOf('forgetMarks', 1, [], () => async (scene) => scene.forgetMarks()),
];

/** Where a server keeps deleted entries pending, much is different: the cases say what. */
const deletions: fc.WeightedArbitrary<Step>[] = [
  stepOf('deleteEntry', 3, [fc.nat(9)], (place) => async (scene, ids) => scene.deleteEntry(at(ids, [place])[0]!)),
  stepOf('deleteStream', 1, [], () => async (scene) => scene.deleteStream()),
];

it('whatever is asked in whatever order, the broker in memory answers as Redis does', async () => {
  const { keepsDeletedPending } = (await redisWorld()).features;
  const anyStep = fc.oneof(add, ...calls, ...disturbances, ...(keepsDeletedPending ? [] : deletions));
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 60, size: 'max' }), async (steps) => {
      const both = [
        new Observed(withShortWays(await inMemoryWorld())),
        new Observed(withShortWays(await redisWorld())),
      ];
      for (const each of both) await each.scene.me.ensure('0-0', false);
      const ids: string[] = [];
      for (const step of steps) {
        if (step === ADD) ids.push(`${ids.length + 1}-0`);
        const [inMemory, onRedis] = await Promise.all(both.map((each) => each.after(step.act, ids)));
        expect(inMemory).toEqual(onRedis);
      }
    }),
    { numRuns: RUNS },
  );
});

/** A world and what can be seen of it, without what differs by nature: times and names that nobody chose. */
class Observed {
  private readonly lives: string[] = [];

  constructor(readonly scene: Scene) {}

  /** What a step gives, and how the world is after it. */
  async after(act: Act, ids: readonly string[]): Promise<unknown> {
    const { scene } = this;
    const reply = await act(scene, ids).then((given) => this.plain(given), failureOf);
    const now = await scene.serverNow();
    return {
      reply,
      held: await scene.held().catch(() => 'no group'),
      retries: (await scene.retries()).map(([id, dueAt]) => [id, dueAt <= now ? 'due' : 'later']),
      deadLetters: await scene.deadLetters(),
      ids: await scene.ids(),
    };
  }

  private plain(reply: unknown): unknown {
    if (typeof reply !== 'object' || reply === null || Array.isArray(reply)) return reply;
    const plain: Record<string, unknown> = { ...reply };
    if ('serverNow' in plain) delete plain.serverNow;
    if ('nextDueAt' in plain) plain.nextDueAt = whenDue(reply as ClaimReply);
    if ('life' in plain) plain.life = this.lifeOf(plain.life as { id: string } | undefined);
    return plain;
  }

  /** The first that was seen is 0, and so on. */
  private lifeOf(life: { id: string } | undefined): unknown {
    if (!life) return undefined;
    if (!this.lives.includes(life.id)) this.lives.push(life.id);
    return { ...life, id: this.lives.indexOf(life.id) };
  }
}

function whenDue({ serverNow, nextDueAt }: ClaimReply): string {
  if (nextDueAt === undefined) return 'never';
  return nextDueAt <= serverNow ? 'due' : 'later';
}

/** What fails beside the broker is a disturbance of what is not there: it gives nothing, as one of what is there. */
function failureOf(error: unknown): string | undefined {
  return error instanceof RedisFailure ? error.kind : undefined;
}

function stepOf<Args extends unknown[]>(
  name: string,
  weight: number,
  args: { [Index in keyof Args]: fc.Arbitrary<Args[Index]> },
  act: (...given: Args) => Act,
): fc.WeightedArbitrary<Step> {
  const arbitrary = fc.tuple(...args).map((given) => {
    return new Step(`${name} ${JSON.stringify(given)}`, act(...(given as Args)));
  });
  return { weight, arbitrary };
}
