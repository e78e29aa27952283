import {
  entriesOf,
  type Evidence,
  type Finding,
  mayBeLost,
  repeatsIn,
  storyOf,
  whyNotOnce,
} from '../audit/evidence.js';
import type { RequestFact } from '../facts.js';
import { REQUESTS } from '../kinds.js';

/** A master that has answered tells its replica within that. */
const REPLICATED_WITHIN_MS = 1_000;

/** All adds of a key were told one id, and there is one task of it. */
export function auditKeys(evidence: Evidence): Finding {
  const addsByName = new Map<string, RequestFact[]>();
  for (const name of evidence.left.get(REQUESTS)!.keys()) addsByName.set(name, []);
  const adds = evidence.books.factsOf('keyed');
  for (const add of adds) addsByName.set(add.name, [...(addsByName.get(add.name) ?? []), add]);
  const count = { keys: addsByName.size, adds: adds.length, lostToFailovers: 0 };
  const broken: string[] = [];
  for (const [name, ofName] of addsByName) {
    const flaw = whyNotOnce(evidence, REQUESTS, name) ?? otherIds(evidence, name, ofName);
    if (flaw === undefined) continue;
    const isGone = entriesOf(evidence, REQUESTS, name).length === 0;
    if (isGone && ofName.some((add) => mayBeLostSoon(evidence, add))) count.lostToFailovers++;
    else broken.push(flaw, ...storyOf(evidence, name, REQUESTS));
  }
  return {
    figures: { ...count, repeats: repeatsIn(evidence, REQUESTS, addsByName.keys()) },
    broken: { 'adds with one key are one task, whoever adds and whatever breaks': broken },
  };
}

function otherIds(evidence: Evidence, name: string, adds: readonly RequestFact[]): string | undefined {
  const { id } = entriesOf(evidence, REQUESTS, name)[0]!;
  const others = adds.filter((add) => add.id !== id && !mayBeLostSoon(evidence, add)).map((add) => add.id);
  return others.length === 0 ? undefined : `${name} is ${id}, and was told as ${others.join(', ')}`;
}

function mayBeLostSoon(evidence: Evidence, { at }: RequestFact): boolean {
  return mayBeLost(evidence, at, at + REPLICATED_WITHIN_MS);
}
