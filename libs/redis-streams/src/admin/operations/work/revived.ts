import type { RevivalObstacle, Revived } from '../../../model/ports/admin/revival.js';
import type { Part } from './candidates.js';
import type { WorkOutcome } from './operation-work.js';

/** Until then some that are pending may have ended. */
const ROOM_AFTER_MS = 20;

const isLeft = ({ outcome }: Revived<string>) =>
  outcome === ('too-many-pending' satisfies RevivalObstacle) || outcome === ('later' satisfies RevivalObstacle);

/**
 * What a script that revives has made of a part: it ends where the first was left to a later call.
 * @param from where the operation stood
 * @param done the outcome that counts
 */
export function revivedOutcome(
  revived: readonly Revived<string>[],
  part: Part<unknown>,
  from: string,
  done: string,
): WorkOutcome {
  if (revived.length === 0) return { kind: 'lost' };
  const count = revived.filter(({ outcome }) => outcome === done).length;
  const firstLeft = revived.findIndex(isLeft);
  if (firstLeft === 0)
    return { kind: 'wait', waitsFor: 'tasks of the group that are pending, to be ended', forMs: ROOM_AFTER_MS };
  return { kind: 'acted', count, to: firstLeft < 0 ? part.to : (revived[firstLeft - 1]?.id ?? from) };
}
