/** What producers tell of traffic. `at`: by the clock in clock.ts; `sentAt` and `due`: epoch milliseconds, as Redis has them. */
export type TrafficFact = DocumentFact | DelayedFact | RequestFact | LetterFact | ReplayFact | PauseFact;

/** A document was accepted in the first stage of a chain. */
export interface DocumentFact {
  readonly kind: 'chains';
  readonly stream: string;
  readonly name: string;
  readonly at: number;
}

/** A key was added once more, and this is the task that it was said to be. */
export interface RequestFact {
  readonly kind: 'keyed';
  readonly name: string;
  readonly id: string;
  readonly at: number;
}

export type DelayedFact =
  | (OfDelayed & { readonly what: 'added'; readonly id: string; readonly due: number })
  /** Nothing was written. */
  | (OfDelayed & { readonly what: 'refused' })
  /** It was asked for another time; the answer is undefined where there was none, and it may have happened. */
  | (OfDelayed & {
      readonly what: 'moved';
      readonly sentAt: number;
      readonly due: number;
      readonly answer: string | undefined;
    })
  | (OfDelayed & { readonly what: 'cancelled'; readonly answer: string });

/** A task that somebody operates on was accepted. */
interface AddedFact<Kind> {
  readonly kind: Kind;
  readonly what: 'added';
  readonly name: string;
  readonly id: string;
  readonly at: number;
}

export type LetterFact =
  | AddedFact<'letters'>
  /** At the end there is a letter of that task. */
  | {
      readonly kind: 'letters';
      readonly what: 'left';
      readonly name: string;
      readonly id: string;
      readonly at: number;
    }
  | BulkAction<'letters'>;

export type ReplayFact = AddedFact<'replays'> | BulkAction<'replays'>;

/** A bulk action as it is known at the end. Its name is its id. */
export interface BulkAction<Kind> {
  readonly kind: Kind;
  readonly what: 'bulk action';
  readonly name: string;
  readonly state: string;
  /** Ids, both inclusive. */
  readonly from: string;
  readonly upTo: string;
  readonly done: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly at: number;
}

/** The name is that of the stream, but for tasks. */
export type PauseFact =
  | AddedFact<'pauses'>
  /** It was answered; `until` is when it ends by itself, in epoch milliseconds. */
  | {
      readonly kind: 'pauses';
      readonly what: 'paused';
      readonly name: string;
      readonly until: number | undefined;
      readonly at: number;
    }
  /** It is about to be asked for. */
  | { readonly kind: 'pauses'; readonly what: 'resuming'; readonly name: string; readonly at: number };

interface OfDelayed {
  readonly kind: 'delayed';
  readonly name: string;
  readonly at: number;
}
