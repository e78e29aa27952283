/** Shorter disturbances matter to no lease: a third of the shortest one that is allowed. */
const SMALLEST_MS = 60;
const MOST_KEPT = 50;

/** Something that may have made renewed leases look expired, and how long it may have lasted. */
export interface Disturbance {
  readonly at: number;
  readonly magnitudeMs: number;
}

/**
 * Tells since when the way to Redis has been calm. Redis counts idle time on while it is frozen or down, so that right
 * after a disturbance every healthy worker's entries look abandoned; whoever judges them must first let the others
 * renew. A disturbance is a new connection, an answer that came late, a gap without any answer, or a step of the
 * server's clock.
 *
 * It matters to a lease when it may have lasted longer than a third of it: owners renew that often, so that a shorter
 * one cannot make a renewed lease look expired.
 */
export class LinkCalm {
  /** In the order of time, each smaller than the one before: a later one that is as long hides it. */
  private disturbances: Disturbance[] = [{ at: performance.now(), magnitudeMs: Infinity }];
  private lastAnswerAt = performance.now();
  /** Server time minus this process's clock. */
  private offset: number | undefined;
  /** How far from the truth it may be: the answer was written at any time since the question. */
  private offsetErrorMs = 0;
  private setBackAt = -Infinity;

  /** A break whose length nobody knows, such as a new connection. */
  disturbed(magnitudeMs = Infinity): void {
    if (magnitudeMs < SMALLEST_MS) return;
    const kept = this.disturbances.filter((earlier) => earlier.magnitudeMs > magnitudeMs);
    kept.push({ at: performance.now(), magnitudeMs });
    this.disturbances = kept.slice(0, MOST_KEPT);
  }

  /**
   * An answer came.
   * @param sentAt when the command was sent, by performance.now
   * @param expectedMs how long the server was asked to wait before it answers
   */
  answered(sentAt: number, expectedMs = 0, serverNow?: number): void {
    const now = performance.now();
    this.disturbed(now - sentAt - expectedMs);
    // A worker whose slots are all busy hears of Redis only every third of its lease; that alone must not count.
    this.disturbed((sentAt - this.lastAnswerAt) / 1.5);
    this.lastAnswerAt = now;
    if (serverNow === undefined) return;
    const offset = serverNow - (sentAt + now) / 2;
    const errorMs = (now - sentAt) / 2;
    if (this.offset !== undefined) {
      this.disturbed(Math.abs(offset - this.offset));
      if (this.offset - offset > this.offsetErrorMs + errorMs + SMALLEST_MS) this.setBackAt = now;
    }
    this.offset = offset;
    this.offsetErrorMs = errorMs;
  }

  /** How long it has been calm as far as a lease is concerned, in milliseconds. */
  calmMs(leaseMs: number): number {
    const last = this.disturbances.findLast(({ magnitudeMs }) => magnitudeMs > leaseMs / 3);
    return last ? performance.now() - last.at : Infinity;
  }

  /** All that may matter, with their age instead of their time, for a script that judges each owner by its own lease. */
  recent(): readonly { readonly ageMs: number; readonly magnitudeMs: number }[] {
    const now = performance.now();
    return this.disturbances.map(({ at, magnitudeMs }) => ({ ageMs: now - at, magnitudeMs }));
  }

  /** When the server's clock was last seen to have been set back, on performance.now's clock. */
  get serverSetBackAt(): number {
    return this.setBackAt;
  }

  /** The server time that a script sent now would see; a frozen server or a stepped clock is far from it. */
  get expectedServerNow(): number | undefined {
    return this.offset === undefined ? undefined : performance.now() + this.offset;
  }
}
