/**
 * Tells since when the way to Redis has been calm. Redis counts idle time on while it is frozen or down, so that right
 * after a disturbance every healthy worker's entries look abandoned; whoever judges them must first let the others
 * renew. A disturbance is a new connection, an answer that came late, a gap without any answer, or a step of the
 * server's clock.
 *
 * What counts as late is a third of the shortest lease in the group: owners renew that often, so that a disturbance too
 * short to be noticed here is also too short to make a renewed lease look expired.
 */
export class LinkCalm {
  private calmSince = performance.now();
  private lastAnswerAt = performance.now();
  private noticed: number;
  /** Server time minus this process's clock. */
  private offset: number | undefined;

  constructor(shortestLeaseMs: number) {
    this.noticed = shortestLeaseMs / 3;
  }

  /** The shortest disturbance, in milliseconds, that would have been noticed since it became calm. */
  get noticedMs(): number {
    return this.noticed;
  }

  get calmMs(): number {
    return performance.now() - this.calmSince;
  }

  /** Judges shorter leases from now on, for which what was seen so far was too coarse; never longer ones again. */
  sharpen(shortestLeaseMs: number): void {
    if (shortestLeaseMs / 3 >= this.noticed) return;
    this.noticed = shortestLeaseMs / 3;
    this.disturbed();
  }

  disturbed(): void {
    this.calmSince = performance.now();
  }

  /**
   * An answer came.
   * @param sentAt when the command was sent, by performance.now
   * @param expectedMs how long the server was asked to wait before it answers
   */
  answered(sentAt: number, expectedMs = 0, serverNow?: number): void {
    const now = performance.now();
    const late = now - sentAt - expectedMs > this.noticed;
    const gap = sentAt - this.lastAnswerAt > 1.5 * this.noticed;
    this.lastAnswerAt = now;
    if (late || gap) this.disturbed();
    if (serverNow === undefined) return;
    const offset = serverNow - (sentAt + now) / 2;
    if (this.offset !== undefined && Math.abs(offset - this.offset) > this.noticed) this.disturbed();
    this.offset = offset;
  }

  /** Server time in which a script sent now would run, were all calm; a frozen server or a stepped clock misses it. */
  window(): { earliest: number; latest: number } | undefined {
    if (this.offset === undefined) return undefined;
    const expected = performance.now() + this.offset;
    return { earliest: expected - this.noticed, latest: expected + this.noticed };
  }
}
