/** Redis's clock, as last heard, going on by this process's own. It is behind by what the answer took, so that nothing by it is early. */
export class ServerClock {
  private aheadMs = 0;

  /** Redis has told its time just now. */
  heard(serverNow: number): void {
    this.aheadMs = serverNow - performance.now();
  }

  get now(): number {
    return performance.now() + this.aheadMs;
  }

  /** When it will be so late there, on performance.now's clock. */
  when(serverTime: number): number {
    return serverTime - this.aheadMs;
  }
}
