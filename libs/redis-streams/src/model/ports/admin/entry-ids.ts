/** The entries of streams, without what is in them. Each call is answered or rejected in time. */
export interface EntryIds {
  /**
   * The ids of entries from `from` to `to` (inclusive), oldest first: at most `count`, and fewer where entries are large. `isCut`: there may be more; then
   * there is one at least.
   */
  ids(
    stream: string,
    range: { readonly from: string; readonly to: string; readonly count: number },
  ): Promise<{ readonly ids: readonly string[]; readonly isCut: boolean }>;
  /** The oldest and the newest entry that a stream keeps; undefined where it keeps none. */
  ends(stream: string): Promise<{ readonly first: string; readonly last: string } | undefined>;
}
