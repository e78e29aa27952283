/** What producers tell of traffic. `at`: by the clock in clock.ts; `sentAt` and `due`: epoch milliseconds, as Redis has them. */
export type TrafficFact = DocumentFact | DelayedFact | RequestFact;

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

interface OfDelayed {
  readonly kind: 'delayed';
  readonly name: string;
  readonly at: number;
}
