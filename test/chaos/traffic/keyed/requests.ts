import { setTimeout as wait } from 'node:timers/promises';
import { now } from '../../clock.js';
import { REQUESTS } from '../kinds.js';
import type { SourceParts } from '../adding/sources.js';
import { untilAnswered } from '../adding/until-answered.js';

const LATEST_MS = 10_000;

/** Adds each key twice at once, as all other producers do at this moment, and again later; each until it is answered. */
export function requests({ producer, tell, random, config }: SourceParts) {
  return async (n: number): Promise<void> => {
    const name = `request-${n}`;
    const add = async (afterMs: number) => {
      await wait(afterMs);
      const id = await untilAnswered(() => producer.add(REQUESTS, { name }, { idempotency: { key: name } }));
      tell({ kind: 'keyed', name, id, at: now() });
    };
    const latest = Math.max(0, Math.min(LATEST_MS, config.endsAt - Date.now()));
    await Promise.all([add(0), add(0), add(random() * latest)]);
  };
}
