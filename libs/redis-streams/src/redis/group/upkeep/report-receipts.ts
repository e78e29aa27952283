/**
 * The receipts of a worker's reports: what Redis had counted as finished, and in which life of the group, when it answered each.
 *
 * A report tells how many entries the worker knows to be finished. That lags behind: Redis may have settled a batch, and the answer
 * still be on its way. It does not lag far: batches are settled one at a time, so that a batch is sent when all before it are known.
 * What a report adds was therefore settled after the report before its last one, which told less than was known then. So it may
 * lie before any checkpoint that was taken since that receipt, and before no earlier one, however late the report is.
 */
export class ReportReceipts {
  private last: { readonly finished: number; readonly receipt: string } | undefined;
  private receiptBeforeLast = '';

  /** Of the report before the last one; '' where there was none: then nothing is known. */
  get beforeLast(): string {
    return this.receiptBeforeLast;
  }

  /** The receipt of a time before this worker finished anything, which counts like a report of nothing; '' where there is none. */
  begin(receipt: string): void {
    if (this.last || receipt === '') return;
    this.last = { finished: 0, receipt };
    this.receiptBeforeLast = receipt;
  }

  /**
   * @param finished what was reported; the same again is the same report
   * @param receipt '' where the report was not written down
   * @param wasResent it was sent more than once: the receipt may be of a later time than the order of answers speaks for
   */
  add(finished: number, receipt: string, wasResent: boolean): void {
    if (wasResent || receipt === '') return;
    if (this.last && this.last.finished !== finished) this.receiptBeforeLast = this.last.receipt;
    this.last = { finished, receipt };
  }
}
