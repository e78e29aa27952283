/**
 * The life of a group that something happened in: it begins when the group is created, and when others than us move it back
 * or create it again (XGROUP SETID, DESTROY and CREATE). What was done in a life need not be done again in it: when Redis has
 * lost the group and we restore it, entries that were done come again.
 */
export interface GroupLife {
  readonly id: string;
  /** How often the group was restored since the life began. */
  readonly restores: number;
}

/** Whether the group was restored between the two: what was done in the earlier one may come again in the later one. */
export function isRestoredSince(earlier: GroupLife | undefined, later: GroupLife | undefined): boolean {
  return earlier !== undefined && later?.id === earlier.id && later.restores > earlier.restores;
}
