import { nextEntryId } from '../../../../libs/redis-streams/src/wire/entry-id.js';
import { between, oneOf } from '../../random.js';
import { ARCHIVE } from '../kinds.js';
import { bulkAction, Habit, type OperatorParts, untilDone } from './operator-parts.js';

/** What is so old has been done, for the most part. */
const OLD_MS = 1_500;

/** Replays what was done since the last replay, again and again: each task is in the range of one. */
export class Replays {
  private readonly habit: Habit;

  constructor(private readonly parts: OperatorParts) {
    const { random } = parts;
    this.habit = new Habit(async (pauseFor) => {
      await pauseFor(between(random, 1_000, 4_000));
      await this.replay(oneOf(random, [0, 30, 100]));
    });
  }

  async finish(): Promise<void> {
    await this.habit.end();
    await this.replay(0);
  }

  async conclude(): Promise<void> {
    const { client, tell } = this.parts;
    for (const info of await untilDone(() => client.operations.list(ARCHIVE, { limit: 1_000 })))
      tell(bulkAction('replays', info));
  }

  private async replay(rate: number): Promise<void> {
    const { replays, operations } = this.parts.client;
    const id = await untilDone(async () => {
      // Another process may have started one, and have died before it could tell.
      const [last] = await operations.list(ARCHIVE, { limit: 1 });
      const from = last === undefined ? '0-1' : nextEntryId(last.upTo);
      const to = new Date(Date.now() - OLD_MS);
      return (await replays.start(ARCHIVE, { from, to }, { rate, by: 'chaos' })).id;
    });
    await untilDone(() => operations.ended(ARCHIVE, id));
  }
}
