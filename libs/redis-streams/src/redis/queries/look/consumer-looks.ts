import { LATEST_WORD_MS } from '../../../model/policy/presence-rule.js';
import type { ConsumerLook } from '../../../model/ports/queries.js';
import { RETRY_CONSUMER } from '../../../wire/consumer-name.js';
import { HEARD_BY } from '../../lua/pause-of.js';

export type RawConsumer = [name: string, pending: number, idleMs: number];

/** What workers say of themselves. */
interface Said {
  /** By consumer, as `say-present` writes it. */
  readonly slots: ReadonlyMap<string, string>;
  /** Fields of a pause, those that have heard of it among them. */
  readonly heard: ReadonlySet<string>;
}

/** Those that were given an entry, and those of whom there is only their word, while it counts. */
export function consumerLooks(seen: readonly RawConsumer[], { slots, heard }: Said, now: number): ConsumerLook[] {
  const lookOf = (name: string, pending: number, idleMs: number | undefined): ConsumerLook => {
    const hasHeard = heard.has(HEARD_BY + name);
    return { name, pending, idleMs, ...presenceOf(slots.get(name), now), hasHeard };
  };
  const looks = seen
    .filter(([name]) => name !== RETRY_CONSUMER)
    .map(([name, pending, idleMs]) => lookOf(name, pending, idleMs));
  const idle = [...slots.keys()]
    .filter((name) => !seen.some(([other]) => other === name))
    .map((name) => lookOf(name, 0, undefined));
  return [...looks, ...idle.filter(({ presentUntil = 0 }) => now < presentUntil)];
}

function presenceOf(word: string | undefined, now: number): Pick<ConsumerLook, 'slots' | 'stuck' | 'presentUntil'> {
  const [slots, until, stuck = 0] = word?.split(' ').map(Number) ?? [];
  const isOfNow = until !== undefined && until <= now + LATEST_WORD_MS;
  return isOfNow ? { slots, stuck, presentUntil: until } : { slots: undefined, stuck: 0, presentUntil: undefined };
}
