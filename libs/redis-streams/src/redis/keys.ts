import { KEY_SUFFIXES, keyBeside } from '../wire/stream-name.js';

/** The keys of one stream and group. All share the stream's cluster slot, so that a script may touch them together. */
export interface GroupKeys {
  readonly stream: string;
  /** Stream of dead letters of all groups. */
  readonly dead: string;
  /** Sorted set of the entries that are scheduled for a retry: id, scored with the server time in milliseconds when it is due. */
  readonly retry: string;
  /** Hash of each group's low-water mark: see `lua/history/group-mark`. */
  readonly marks: string;
}

/** The only place that applies the prefix and builds a key's name. */
export class Keys {
  constructor(private readonly prefix: string) {}

  stream(stream: string): string {
    return this.prefix + stream;
  }

  dead(stream: string): string {
    return keyBeside(this.stream(stream)) + KEY_SUFFIXES.dead;
  }

  ofGroup(stream: string, group: string): GroupKeys {
    const beside = keyBeside(this.stream(stream));
    return {
      stream: this.stream(stream),
      dead: this.dead(stream),
      // Encoded, as a group's name may hold anything, braces and colons included.
      retry: `${beside}:${encodeURIComponent(group)}${KEY_SUFFIXES.retry}`,
      marks: beside + KEY_SUFFIXES.marks,
    };
  }
}
