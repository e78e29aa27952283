import { setTimeout as wait } from 'node:timers/promises';
import type { StreamContext } from 'nestjs-redis-streams';
import { seededRandom } from '../random.js';

/** The payload of all traffic: the same name is the same task, whoever adds it. A type, as interfaces are no payloads. */
export type NamedTask = { readonly name: string };

/** One run of a task. How it goes follows from its name: a few fail at first, some outlive their lease. */
export async function work({ name }: NamedTask, { stream, deliveryCount }: StreamContext, leaseMs: number) {
  const random = seededRandom(numberOf(stream + name));
  const fails = random() < 0.03;
  const outlives = random() < 0.01;
  await wait(outlives ? leaseMs * 1.3 : random() * 20);
  if (fails && deliveryCount === 1) throw new Error('the first run fails');
}

/** FNV-1a. */
export function numberOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
