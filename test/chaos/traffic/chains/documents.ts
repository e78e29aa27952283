import { now } from '../../clock.js';
import { chainsOf } from '../kinds.js';
import type { SourceParts } from '../adding/sources.js';

/** Adds documents to the first stage of each chain; only what is accepted is told. */
export function documents({ producer, tell, minReplicas, ownNames, config }: SourceParts) {
  const firstStages = chainsOf(config).map(([first]) => first!);
  return async (n: number): Promise<void> => {
    const name = `document-${ownNames}${n}`;
    await Promise.all(
      firstStages.map((stream) =>
        producer.add(stream, { name }, { minReplicas }).then(
          () => tell({ kind: 'chains', stream, name, at: now() }),
          () => undefined,
        ),
      ),
    );
  };
}
