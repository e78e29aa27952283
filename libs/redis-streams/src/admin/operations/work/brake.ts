import type { Queries } from '../../../model/ports/queries.js';

/** So often, in milliseconds, it is looked whether a group has too much to do: to count takes Redis some milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** Holds an operation up while a group has a long backlog. */
export class Brake {
  private lookAt = 0;

  constructor(
    private readonly queries: Pick<Queries, 'look'>,
    private readonly stream: string,
    private readonly maxBacklog: number,
  ) {}

  /** @param group default: each of the stream's. @returns what to wait for; undefined for nothing */
  async waitsFor(group?: string): Promise<string | undefined> {
    if (performance.now() < this.lookAt) return undefined;
    const { stream, maxBacklog } = this;
    const { groups } = await this.queries.look(stream, false);
    // What cannot be counted to its end is long.
    const isLong = ({ count, isExact }: { count: number; isExact: boolean }) => !isExact || count >= maxBacklog;
    const busy = groups.find(({ name, backlog }) => (group ?? name) === name && isLong(backlog));
    if (busy) {
      const many = busy.backlog.isExact ? `${maxBacklog} tasks or more` : 'more tasks than can be counted';
      return `the group '${busy.name}' of '${stream}' has ${many} that are not delivered yet`;
    }
    this.lookAt = performance.now() + LOOK_EVERY_MS;
    return undefined;
  }
}
