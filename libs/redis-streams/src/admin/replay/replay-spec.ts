/** What a replay is to do, as it is kept. */
export interface ReplaySpec {
  /** Ids, both inclusive. */
  readonly from: string;
  readonly to: string;
  readonly rate: number;
  readonly maxBacklog: number;
  /** Undefined for a copy that does not ask whether its entries are finished. */
  readonly group?: string | undefined;
  readonly copyTo?: string | undefined;
  /** Where the history began later than it was asked for: when, in ISO 8601. */
  readonly historyStartsAt?: string | undefined;
}
