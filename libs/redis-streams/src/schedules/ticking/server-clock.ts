/** Redis's clock, as last heard, going on by this process's own. It is behind by what the answer took, so that nothing by it is early. */
export class ServerClock {
  private aheadMs = 0;
  private isKnown = false;

  /** Redis has told its time just now. @returns by how much it is earlier than it would have been; less than zero where it is later */
  heard(serverNow: number): number {
    const aheadMs = serverNow - performance.now();
    const setBackMs = this.isKnown ? this.aheadMs - aheadMs : 0;
    this.aheadMs = aheadMs;
    this.isKnown = true;
    return setBackMs;
  }

  get now(): number {
    return performance.now() + this.aheadMs;
  }

  /** When it will be so late there, on performance.now's clock. */
  when(serverTime: number): number {
    return serverTime - this.aheadMs;
  }
}
