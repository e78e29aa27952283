import { failureText } from '../../model/ports/redis-failure.js';
import type { OperationLookout } from '../../model/ports/admin/operations.js';
import type { Keys } from '../keys.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

/**
 * One command where there is none, as nearly always.
 *
 * KEYS active, of each stream
 * Returns the numbers of those that are there, from 1 on.
 */
const thereScript = script(`
local there = {}
if redis.call('EXISTS', unpack(KEYS)) == 0 then return there end
for i = 1, #KEYS do
  if redis.call('EXISTS', KEYS[i]) == 1 then there[#there + 1] = i end
end
return there
`);

/** Looks for bulk actions that have not ended. */
export class RedisOperationLookout implements OperationLookout {
  /** Behind a proxy that hides it. */
  private isCluster = false;

  constructor(
    private readonly run: RunScript,
    private readonly keys: Keys,
    /** Whether keys of several slots may be named in one script, as they may not in a cluster. */
    private readonly isOneServer: () => boolean,
  ) {}

  asOneQuestion(streams: readonly string[]): readonly (readonly string[])[] {
    return this.isOneServer() && !this.isCluster ? [streams] : streams.map((stream) => [stream]);
  }

  async busyAmong(streams: readonly string[]): Promise<readonly string[]> {
    const active = streams.map((stream) => this.keys.ofOperations(stream).active);
    try {
      const there = await this.run<number[]>(thereScript, active, []);
      return there.map((number) => streams[number - 1]!);
    } catch (error) {
      this.isCluster ||= failureText(error).includes('CROSSSLOT');
      throw error;
    }
  }
}
