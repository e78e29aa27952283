/** Does many things a few at a time, in their order. */
export class Portions<T> {
  private items: T[] = [];
  /** Of the next item. */
  private place = 0;
  private later: T[] = [];
  private underWay = 0;

  /**
   * @param most how many at once
   * @param work never rejects
   */
  constructor(
    private readonly most: number,
    private readonly work: (item: T) => Promise<void>,
  ) {}

  add(item: T): void {
    this.later.push(item);
    this.workOn();
  }

  private workOn(): void {
    while (this.underWay < this.most) {
      if (this.place === this.items.length) {
        if (this.later.length === 0) break;
        [this.items, this.later, this.place] = [this.later, [], 0];
      }
      this.underWay++;
      void this.work(this.items[this.place++]!).then(() => {
        this.underWay--;
        this.workOn();
      });
    }
    // What is done with is not kept.
    if (this.place === this.items.length) [this.items, this.place] = [[], 0];
  }
}
