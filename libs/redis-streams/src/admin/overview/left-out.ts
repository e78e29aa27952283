import type { Log } from '../../model/log.js';
import { failureKindOf } from '../../model/ports/redis-failure.js';

/** Commands that this user or server does not allow: told once each, and what they tell is left out. */
export class LeftOut {
  private readonly told = new Set<string>();

  constructor(private readonly log: Pick<Log, 'warn'>) {}

  note(commands: readonly string[]): void {
    for (const command of commands) {
      if (this.told.has(command)) continue;
      this.told.add(command);
      this.log.warn(
        `Redis does not let this user use ${command}: StreamMonitor leaves out what only that tells. What its user should be allowed is in docs/monitoring.md.`,
      );
    }
  }

  /** @returns undefined where Redis will go on to refuse the command */
  async unless<Answer>(command: string, answer: Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await answer;
    } catch (error) {
      if (failureKindOf(error) !== 'forbidden') throw error;
      this.note([command]);
      return undefined;
    }
  }
}
