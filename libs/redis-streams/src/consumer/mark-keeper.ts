import type { GroupCommands } from '../redis/group-commands.js';

const INTERVAL_MS = 1_000;

/** Writes the group's low-water mark down once a second while entries are being settled; idle, it costs nothing. */
export class MarkKeeper {
  private timer: NodeJS.Timeout | undefined;
  private written = 0;

  constructor(
    private readonly commands: GroupCommands,
    /** Counts settlements; a change means that the mark may have moved. */
    private readonly progress: () => number,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.keep(), INTERVAL_MS).unref();
  }

  /** Never rejects: an old mark makes entries run again, never be skipped. */
  async keep(): Promise<void> {
    const progress = this.progress();
    if (progress === this.written) return;
    this.written = progress;
    await this.commands.keepMark().catch(() => undefined);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
