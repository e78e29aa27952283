import type { Log } from '../../model/log.js';
import { isRefusal, remedyFor } from '../connections/connection-errors.js';
import type { ConnectionReport } from '../connections/connection-watch.js';
import { redisErrorClause } from '../connections/redis-errors.js';

/** Logs once, and at once, that adds do not get through, each reason of an interruption one time, and when they do again. */
export class AppendReport implements ConnectionReport {
  private readonly told = new Set<string>();
  private since = 0;

  constructor(
    /** Where Redis is. */
    private readonly place: string,
    private readonly log: Log,
  ) {}

  troubled(error: Error): void {
    const reason = redisErrorClause(error);
    // Some name how long they wait for the next attempt.
    const kind = reason.replaceAll(/\d+/g, '');
    if (this.told.has(kind)) return;
    if (this.told.size === 0) this.since = Date.now();
    this.told.add(kind);
    const what = isRefusal(error) ? 'refuses the connection for adds' : 'cannot be reached for adds';
    this.log.warn(`Redis at ${this.place} ${what}, trying on: ${reason}. ${remedyFor(error)}`);
  }

  ready(): void {
    if (this.told.size === 0) return;
    this.told.clear();
    this.log.log(`Redis at ${this.place} takes adds again after ${Date.now() - this.since} ms.`);
  }
}
