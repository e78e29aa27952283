import type { DeliverCommand, Delivered, DeliverReply } from '../../../model/ports/tasks/forwarding.js';
import { RetryDelay } from '../../../timing/retry-delay.js';
import type { Keys } from '../../keys.js';
import type { GroupMember } from '../group-member.js';
import { deliverScript, type DeliverScriptReply } from './deliver.js';

/** So long after its sender was sure to hold a task, what that owes may be added, in milliseconds. */
const IN_TIME_MS = 60_000;
/** For so long a task may owe something that was added already, and nobody know it, in milliseconds: 30 days. */
const MARKER_TTL_MS = 30 * 24 * 3_600_000;
/** The same once it is acked: much longer than what was sent before may take to arrive in time. */
const ACKED_MARKER_TTL_MS = 10 * IN_TIME_MS;
/**
 * An answer that took longer, in milliseconds, may be that of a primary which was frozen, and did not know yet that another has taken its place:
 * what it has added is lost. Once it had as much time again to learn of it, it is asked once more, and the marker tells.
 */
const SLOW_MS = 1_000;
/** Whoever is slow each time is only slow. */
const MOST_ASKS = 3;
/** So many markers are told of with one call; and no more are remembered, as the others go by themselves. */
const MOST_FORGOTTEN = 1_000;

/** What is known of a stream that tasks are forwarded to. */
interface Target {
  /** Its server's clock, less performance.now's; undefined before it was heard of. */
  clock: number | undefined;
  /** Markers of tasks that are acked. */
  readonly acked: string[];
}

/** The streams that the tasks of one group are forwarded to, where that takes a step of its own. */
export class Targets {
  private readonly targets = new Map<string, Target>();

  constructor(
    private readonly member: Pick<GroupMember, 'run'>,
    private readonly keys: Keys,
    private readonly source: { readonly stream: string; readonly group: string },
  ) {}

  async deliver({ stream, deliveries, heldAt }: DeliverCommand): Promise<DeliverReply> {
    const target = this.targetOf(stream);
    const acked = target.acked.splice(0, MOST_FORGOTTEN);
    const markers = deliveries.map((delivery) => this.marker({ stream, ...delivery }));
    const names = [this.keys.stream(stream), ...markers, ...acked];
    const fields: (string | number)[] = [];
    for (const { fields: values } of deliveries) {
      fields.push(values.length);
      for (const value of values) fields.push(value);
    }
    for (let asks = 1; ; asks++) {
      const { clock } = target;
      // One that has not been heard of refuses it, and tells its time.
      const latest = clock === undefined ? 0 : Math.round(clock + heldAt + IN_TIME_MS);
      const args = [latest, MARKER_TTL_MS, ACKED_MARKER_TTL_MS, deliveries.length, ...fields];
      const askedAt = performance.now();
      const reply = await this.member.run<DeliverScriptReply>(deliverScript, names, args);
      const [serverNow, ids, refusal, isTooLate] = reply;
      const answeredAt = performance.now();
      target.clock = serverNow - answeredAt;
      const isKnown = isTooLate === 0 || clock !== undefined;
      const isSlow = answeredAt - askedAt > SLOW_MS && asks < MOST_ASKS;
      if (isKnown && !isSlow) return { ids, refusal: refusal || undefined };
      if (isSlow) await new RetryDelay(SLOW_MS).waitLongest();
    }
  }

  forget(delivered: readonly Delivered[]): void {
    for (const each of delivered) {
      const { acked } = this.targetOf(each.stream);
      if (acked.length < 10 * MOST_FORGOTTEN) acked.push(this.marker(each));
    }
  }

  private marker({ stream, entryId, life, index }: Delivered): string {
    const { stream: from, group } = this.source;
    const source = [...(life === undefined ? [] : [life]), from, group, entryId, index];
    return this.keys.marker(stream, source.map(encodeURIComponent).join(':'));
  }

  private targetOf(stream: string): Target {
    let target = this.targets.get(stream);
    if (!target) this.targets.set(stream, (target = { clock: undefined, acked: [] }));
    return target;
  }
}
