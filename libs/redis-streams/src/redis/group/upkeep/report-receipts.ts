/**
 * What Redis had counted as finished, in which life of the group, when it answered a reporter's reports: the receipt of each.
 *
 * A worker reports what it knows to be finished, which is less than what is: Redis may have settled an entry, and the answer
 * still be on its way. But the answer to a settlement comes before the answer to a report that Redis got later. So what the
 * answer to one report finds settled is in the next report; and what a report adds was settled after the report *before its
 * last one*. It may lie before every checkpoint that was taken since that one's receipt, however late the report is.
 */
export class ReportReceipts {
  private last: { readonly finished: number; readonly receipt: string } | undefined;
  private receiptBeforeLast = '';

  /** Of the report before the last one; '' where there was none: then nothing is known. */
  get beforeLast(): string {
    return this.receiptBeforeLast;
  }

  /**
   * @param finished what was reported; the same again is the same report
   * @param wasResent it was sent more than once: the receipt may be of a later time than the order of answers speaks for
   */
  add(finished: number, receipt: string, wasResent: boolean): void {
    if (wasResent) return;
    if (this.last && this.last.finished !== finished) this.receiptBeforeLast = this.last.receipt;
    this.last = { finished, receipt };
  }
}
