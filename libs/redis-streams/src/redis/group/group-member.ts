import type { GroupKeys, TaskKeys } from '../keys.js';
import type { Writes } from '../lua/run-script.js';
import type { Script } from '../lua/script.js';

/** One consumer of one group: who a script speaks for, and the way to Redis. */
export interface GroupMember {
  readonly keys: GroupKeys;
  readonly group: string;
  readonly consumer: string;
  readonly taskKeys: (id: string) => TaskKeys;
  /** The key of a stream that a script of this group can use, too: in a cluster, one of the same slot. */
  readonly keyHere: (stream: string) => string | undefined;
  readonly run: <Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number)[],
    writes?: Writes,
  ) => Promise<Reply>;
}
