import { now } from '../../clock.js';
import type { SourceParts } from '../adding/sources.js';
import { ARCHIVE, MAINTAINED, REPAIRS } from '../kinds.js';

const STREAMS = { letters: REPAIRS, replays: ARCHIVE, pauses: MAINTAINED };

/** Adds tasks that an operator acts on; only what is accepted is told. */
export function operatedTasks(kind: keyof typeof STREAMS) {
  const stream = STREAMS[kind];
  return ({ producer, tell, minReplicas, ownNames }: SourceParts) =>
    async (n: number): Promise<void> => {
      const name = `${kind}-${ownNames}${n}`;
      await producer.add(stream, { name }, { minReplicas }).then(
        (id) => tell({ kind, what: 'added', name, id, at: now() }),
        () => undefined,
      );
    };
}
