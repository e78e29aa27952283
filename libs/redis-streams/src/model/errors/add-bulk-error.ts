/** What became of one item of `addBulk`: its entry id, or why it has none. */
export type AddOutcome =
  { readonly id: string; readonly error?: undefined } | { readonly id?: undefined; readonly error: Error };

/**
 * Some items of an `addBulk` were not accepted; `outcomes` tells which, in the order of the items. Those with an id are
 * in the stream: repeat only the others, and of these with care the ones whose error is an AddOutcomeUnknownError.
 */
export class AddBulkError extends Error {
  override readonly name = 'AddBulkError';

  constructor(readonly outcomes: readonly AddOutcome[]) {
    const failures = outcomes.filter(({ error }) => error);
    super(
      `${failures.length} of ${outcomes.length} entries were not accepted, the first because: ${failures[0]?.error?.message}`,
      { cause: failures[0]?.error },
    );
  }
}
