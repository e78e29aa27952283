import type { Forward } from '../../model/forward.js';
import type { Delivered, Delivery, Forwarding } from '../../model/ports/tasks/forwarding.js';
import { failureText } from '../../model/ports/redis-failure.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import type { EngineEvents } from '../events.js';
import type { Lease } from '../state/deliveries/delivery.js';

/** So much goes into one call: Redis does nothing else meanwhile. In characters, and in tasks. */
const MOST_CHARACTERS = 1_000_000;
const MOST_DELIVERIES = 500;

interface Due extends Delivery {
  readonly forward: Forward;
}

/** How soon it is tried again to add what could not be. */
const AGAIN_MS = 5_000;

/** Adds what tasks that are done owe, where that could not be done together with their acks. */
export class Successors {
  /** Why something could not be added when it was last tried, by stream. */
  private readonly problems = new Map<string, string>();

  constructor(
    private readonly forwarding: Forwarding,
    private readonly events: EngineEvents,
  ) {}

  /** Why something cannot be added at present, as far as Redis or the connection says so. */
  get failure(): string | undefined {
    for (const problem of this.problems.values()) return problem;
    return undefined;
  }

  /**
   * Yields those of which nothing is owed any more, and after a while the others, which are to be found held before it is tried again.
   * Never throws.
   * @param heldAt when all of these leases were sure to be held, on performance.now's clock
   */
  async *deliver(owing: readonly Lease[], heldAt: number): AsyncGenerator<readonly Lease[], void> {
    await this.deliverAll(owing, heldAt);
    yield owing.filter(isDelivered);
    const open = owing.filter((lease) => !isDelivered(lease));
    if (open.length === 0) return;
    // What only came too late is tried again at once.
    if (this.failure !== undefined) await new RetryDelay(AGAIN_MS).waitLongest();
    yield open;
  }

  private async deliverAll(owing: readonly Lease[], heldAt: number): Promise<void> {
    const dueByStream = new Map<string, Due[]>();
    for (const { entryId, life, forwards = [] } of owing) {
      for (const [index, forward] of forwards.entries()) {
        if (forward.id !== undefined) continue;
        const due = dueByStream.get(forward.stream) ?? [];
        due.push({ entryId, life: life?.at, index, fields: forward.fields, forward });
        dueByStream.set(forward.stream, due);
      }
    }
    await Promise.all(
      [...dueByStream].map(async ([stream, due]) => this.heed(stream, due, await this.deliverTo(stream, due, heldAt))),
    );
  }

  /** Nothing is owed any more, and they are acked. */
  forget(leases: readonly Lease[]): void {
    const delivered = leases.flatMap(({ entryId, life, forwards = [] }) =>
      forwards.map(({ stream }, index): Delivered => ({ stream, entryId, life: life?.at, index })),
    );
    this.forwarding.forget(delivered);
  }

  private heed(stream: string, due: readonly Due[], problem: string | undefined): void {
    if (problem === undefined) {
      this.problems.delete(stream);
    } else if (problem !== this.problems.get(stream)) {
      this.problems.set(stream, problem);
      this.events.emit({ type: 'forwardsDelayed', entries: due.length, reason: `'${stream}': ${problem}` });
    }
  }

  /** @returns why it could not be done, as far as Redis or the connection said so */
  private async deliverTo(stream: string, due: readonly Due[], heldAt: number): Promise<string | undefined> {
    try {
      for (const deliveries of portionsOf(due)) {
        const { ids, refusal } = await this.forwarding.deliver({ stream, deliveries, heldAt });
        ids.forEach((id, n) => (deliveries[n]!.forward.id = id));
        // What comes after it waits, so that the order stays.
        if (ids.length < deliveries.length) return refusal;
      }
      return undefined;
    } catch (error) {
      return failureText(error);
    }
  }
}

/** Whether all that a task forwards is there. */
export function isDelivered({ forwards = [] }: Lease): boolean {
  return forwards.every(({ id }) => id !== undefined);
}

function* portionsOf(due: readonly Due[]): Generator<Due[]> {
  let portion: Due[] = [];
  let characters = 0;
  for (const each of due) {
    portion.push(each);
    for (const field of each.fields) characters += field.length;
    if (portion.length < MOST_DELIVERIES && characters < MOST_CHARACTERS) continue;
    yield portion;
    portion = [];
    characters = 0;
  }
  if (portion.length > 0) yield portion;
}
