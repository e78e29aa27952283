import type { StreamLook } from './stream-look.js';

/** What is known of one stream on the server. */
export interface LookedAt {
  /** The last answer; undefined before the first. */
  readonly look: StreamLook | undefined;
  /** How many questions were not answered. */
  readonly errors: number;
}

/** By stream. */
export type ServerLook = ReadonlyMap<string, LookedAt>;

export interface PollerParts {
  /** Asked anew each time: handlers become known as the application starts. */
  readonly streams: () => Iterable<string>;
  readonly ask: (stream: string) => Promise<StreamLook>;
  readonly everyMs: number;
}

/** Asks the server about streams now and then, one after the other, and keeps the last answers: whoever scrapes waits for nobody. */
export class StreamPoller {
  private known = new Map<string, LookedAt>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(private readonly parts: PollerParts) {}

  get server(): ServerLook {
    return this.known;
  }

  start(): void {
    if (this.timer === undefined && !this.isStopped) void this.poll();
  }

  stop(): void {
    this.isStopped = true;
    clearTimeout(this.timer);
  }

  private async poll(): Promise<void> {
    const startedAt = performance.now();
    for (const stream of new Set(this.parts.streams())) {
      if (this.isStopped) return;
      await this.lookAt(stream);
    }
    if (this.isStopped) return;
    const leftMs = this.parts.everyMs - (performance.now() - startedAt);
    this.timer = setTimeout(() => void this.poll(), Math.max(leftMs, 0)).unref();
  }

  /** What it said last stays, with the time that it is of. */
  private async lookAt(stream: string): Promise<void> {
    const { look, errors } = this.known.get(stream) ?? { look: undefined, errors: 0 };
    try {
      this.known.set(stream, { look: await this.parts.ask(stream), errors });
    } catch {
      this.known.set(stream, { look, errors: errors + 1 });
    }
  }
}
