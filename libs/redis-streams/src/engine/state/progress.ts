/** What this process has changed in the group so far: a change means that the group's mark may have moved. */
export class Progress {
  /** Entries that are finished: acked or in the dead letter. */
  finished = 0;
  /** Runs that began, and runs that ended: each changes what is pending. */
  runChanges = 0;
}
