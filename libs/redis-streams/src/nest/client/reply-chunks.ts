/**
 * The chunks of a reply that its subscriber has got. They cannot be taken back when the task runs again, and its reply begins anew: what
 * the new run repeats is left out, and where that ends the reply goes on. Where it says something else, the rest would fit no more, and
 * is left out, too.
 */
export class ReplyChunks {
  /** As JSON. */
  private readonly given: string[] = [];
  /** How many chunks this run has written. */
  private written = 0;
  private isTorn = false;

  /** @returns whether it is for the subscriber */
  take(chunk: unknown): boolean {
    if (this.isTorn) return false;
    const json = JSON.stringify(chunk);
    const before = this.given[this.written++];
    if (before === undefined) this.given.push(json);
    else this.isTorn = before !== json;
    return before === undefined;
  }

  /** The task runs again. */
  restart(): void {
    this.written = 0;
  }

  /** Not all of this run's chunks were kept. */
  lose(): void {
    this.isTorn = true;
  }

  /** Whether the subscriber has other chunks than the run that has ended. */
  get areWrong(): boolean {
    return this.isTorn || this.written < this.given.length;
  }

  /** Whether the subscriber got this last. */
  endWith(value: unknown): boolean {
    return this.given.at(-1) === JSON.stringify(value);
  }
}
