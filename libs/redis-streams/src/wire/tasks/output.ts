/**
 * The kinds of entries in a task's output, `{stream}:<group>:out:<id>`: each entry is one field, named by its kind. Ids are `<run>-<n>`: the
 * run's number, then 0 for its beginning and 1, 2, … for what it writes.
 */
export const OUTPUT_KINDS = {
  /** A run begins: its delivery count and consumer. */
  begin: 'b',
  /** JSON of one chunk. */
  chunk: 'c',
  /** JSON of a progress. */
  progress: 'p',
  /** More than is kept came; empty. */
  gap: 'g',
  /** The task has ended: its state. */
  end: 'e',
} as const;
