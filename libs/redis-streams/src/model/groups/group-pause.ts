/** Why the workers of a group start nothing now. Times are by Redis's clock. */
export interface GroupPause {
  /** As whoever paused it wrote; undefined where nothing was written. */
  readonly reason: string | undefined;
  /** Who paused it, as was written then. */
  readonly by: string | undefined;
  readonly since: Date;
  /** When it ends by itself; undefined: when somebody resumes the group. */
  readonly until: Date | undefined;
}

/** What a call that pauses a group has made of its pause. */
export interface PauseChange extends GroupPause {
  /** How it was paused before, whose end holds no more; undefined where it was not paused. */
  readonly before: GroupPause | undefined;
}

/** For messages: by whom, until when and why, as far as that was told. */
export function describePause({ by, until, reason }: GroupPause): string {
  const from = by === undefined ? '' : `by ${by} `;
  const end = until === undefined ? 'until it is resumed' : `until ${until.toISOString()}`;
  return from + end + (reason === undefined ? '' : `: ${reason}`);
}
