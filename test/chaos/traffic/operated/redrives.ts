import { setTimeout as wait } from 'node:timers/promises';
import type { DeadLetterSelection, RedriveOptions } from 'nestjs-redis-streams';
import type { StreamsClient } from 'nestjs-redis-streams/client';
import { now } from '../../clock.js';
import { between, oneOf } from '../../random.js';
import { REPAIRS } from '../kinds.js';
import type { NamedTask } from '../work.js';
import { curesOf } from './cures.js';
import { bulkAction, Habit, type OperatorParts, untilDone } from './operator-parts.js';

const MOST_NAMED = 20;
const LOOK_MS = 300;

/** Redrives letters: all, those that were never redriven, or some by their ids while others go on. */
export class Redrives {
  private readonly habits: readonly Habit[];

  constructor(private readonly parts: OperatorParts) {
    const { random } = parts;
    this.habits = [
      new Habit(async (pauseFor) => {
        await pauseFor(between(random, 500, 3_000));
        const again = random() < 0.3;
        const selection = again ? ({ all: true } as const) : { redriven: false };
        await this.redrive(selection, { again, rate: oneOf(random, [0, 20, 100]) });
        if (random() < 0.5) await this.resumeStopped();
      }),
      new Habit(async (pauseFor) => {
        await pauseFor(between(random, 500, 3_000));
        const ids = (await this.letters()).filter(() => random() < 0.5).map(({ id }) => id);
        if (ids.length > 0) await this.redrive({ ids: ids.slice(0, MOST_NAMED) }, { rate: 0 });
      }),
    ];
  }

  /** Redrives until only those are left that nothing cures. */
  async finish(): Promise<void> {
    await Promise.all(this.habits.map((habit) => habit.end()));
    for (;;) {
      const ids = (await this.letters()).filter(({ name }) => curesOf({ name }) < Infinity).map(({ id }) => id);
      const isBusy = (await untilDone(() => this.operations.list(REPAIRS))).some(({ state }) => state === 'running');
      if (ids.length === 0 && !isBusy && (await this.isIdle())) break;
      if (ids.length > 0) await this.redrive({ ids }, { rate: 0 });
      await wait(LOOK_MS);
    }
  }

  async conclude(): Promise<void> {
    const { tell } = this.parts;
    for (const { id, name } of await this.letters()) tell({ kind: 'letters', what: 'left', name, id, at: now() });
    for (const info of await untilDone(() => this.operations.list(REPAIRS, { limit: 1_000 })))
      tell(bulkAction('letters', info));
  }

  private get operations(): StreamsClient['operations'] {
    return this.parts.client.operations;
  }

  private async redrive(selection: DeadLetterSelection, options: RedriveOptions): Promise<void> {
    const { client } = this.parts;
    const { id } = await untilDone(() => client.deadLetters.redrive(REPAIRS, selection, { ...options, by: 'chaos' }));
    await untilDone(() => this.operations.ended(REPAIRS, id));
  }

  private async resumeStopped(): Promise<void> {
    const [last] = await untilDone(() => this.operations.list(REPAIRS, { limit: 1 }));
    if (last?.state === 'stopped') await untilDone(() => this.operations.resume(REPAIRS, last.id));
  }

  private async letters(): Promise<{ id: string; name: string }[]> {
    const { client } = this.parts;
    return untilDone(async () => {
      const letters = [];
      for await (const { id, entry } of client.deadLetters.list(REPAIRS))
        letters.push({ id, name: (entry.payload as NamedTask).name });
      return letters;
    });
  }

  private async isIdle(): Promise<boolean> {
    const { groups } = await untilDone(() => this.parts.client.monitor.stats(REPAIRS));
    return groups.every(({ pending }) => pending === 0);
  }
}
