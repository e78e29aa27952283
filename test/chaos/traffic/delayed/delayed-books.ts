import type { DelayedFact } from '../facts.js';

type Added = Extract<DelayedFact, { what: 'added' }>;
type Moved = Extract<DelayedFact, { what: 'moved' }>;
type Cancelled = Extract<DelayedFact, { what: 'cancelled' }>;

/** What was told of one delayed task. */
export class DelayedBooks {
  /** undefined where nobody knows whether it was. */
  added: Added | undefined;
  wasRefused = false;
  readonly moves: Moved[] = [];
  readonly cancels: Cancelled[] = [];

  constructor(readonly name: string) {}

  tell(fact: DelayedFact): void {
    switch (fact.what) {
      case 'added':
        this.added = fact;
        break;
      case 'refused':
        this.wasRefused = true;
        break;
      case 'moved':
        this.moves.push(fact);
        break;
      case 'cancelled':
        this.cancels.push(fact);
        break;
    }
  }

  /** What was its time when it entered; where that is not sure, the earliest that it may have been. Epoch milliseconds. */
  mayEnterFrom(enteredAt: number): number {
    let due = this.added!.due;
    for (const { sentAt, at, due: asked, answer } of this.moves) {
      if (sentAt > enteredAt) continue;
      const isSure = at < enteredAt && (answer === 'rescheduled' || answer === 'promoted');
      // Else it may have happened: an answer that came later may be about a retry, or to what was sent once more over a broken link.
      due = isSure ? asked : Math.min(due, asked);
    }
    return due;
  }
}

/** @param names of what is there, whoever knows of it */
export function delayedBooks(facts: readonly DelayedFact[], names: Iterable<string>): readonly DelayedBooks[] {
  const books = new Map<string, DelayedBooks>();
  const of = (name: string) => {
    const known = books.get(name) ?? new DelayedBooks(name);
    books.set(name, known);
    return known;
  };
  for (const name of names) of(name);
  for (const fact of facts) of(fact.name).tell(fact);
  return [...books.values()];
}
