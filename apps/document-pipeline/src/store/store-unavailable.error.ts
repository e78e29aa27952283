/** The store's Redis did not answer in time, or answered that it cannot take writes now. Safe to try again. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}
