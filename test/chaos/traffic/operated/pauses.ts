import { now } from '../../clock.js';
import { between } from '../../random.js';
import { Habit, type OperatorParts, untilDone } from './operator-parts.js';

/** Pauses the groups of some streams for seconds, now and then. What its predecessor has paused it resumes first. */
export class Pauses {
  private readonly habits: readonly Habit[];

  constructor(
    private readonly parts: OperatorParts,
    private readonly streams: readonly string[],
  ) {
    const { random } = parts;
    this.habits = streams.map(
      (stream) =>
        new Habit(async (pauseFor) => {
          await this.resume(stream);
          await pauseFor(between(random, 2_000, 6_000));
          await this.pause(stream);
          await pauseFor(between(random, 1_000, 12_000));
        }),
    );
  }

  async finish(): Promise<void> {
    await Promise.all(this.habits.map((habit) => habit.end()));
    await Promise.all(this.streams.map((stream) => this.resume(stream)));
  }

  private async pause(stream: string): Promise<void> {
    const { client, random, tell } = this.parts;
    const end = random() < 0.3 ? { forMs: Math.round(between(random, 1_000, 5_000)) } : {};
    const options = { by: 'chaos', reason: 'to see who heeds it', ...end };
    const { until } = await untilDone(() => client.groups.pause(stream, options));
    tell({ kind: 'pauses', what: 'paused', name: stream, until: until?.getTime(), at: now() });
  }

  private async resume(stream: string): Promise<void> {
    const { client, tell } = this.parts;
    tell({ kind: 'pauses', what: 'resuming', name: stream, at: now() });
    await untilDone(() => client.groups.resume(stream));
  }
}
