import type { Member } from '../../model/ports/broker.js';
import { type CallArguments, type CallName, Calls } from './calls.js';
import { type Effect, Faults } from './faults.js';
import { inTime } from './in-time.js';
import { Link } from './link.js';

/** Between the process and the server: notes every call, and does to it what a test has ordered. */
export class Line {
  readonly calls = new Calls();
  readonly faults = new Faults();
  readonly link = new Link();

  private thawed: Promise<void> | undefined;

  /** @param answerWithinMs after which a call for the group is given up */
  constructor(private readonly answerWithinMs: number) {}

  /** A call over the connection that all share: it waits for that where it is down, but not for ever. */
  send<Name extends CallName, Reply>(
    name: Name,
    args: CallArguments[Name],
    member: Member,
    effect: Effect<Reply>,
  ): Promise<Reply> {
    this.calls.add(name, args, member);
    return this.pass(name, this.answerWithinMs, effect);
  }

  /** Where nothing is wrong the effect is at once, and its reply comes in a microtask. */
  async pass<Reply>(name: CallName, withinMs: number, effect: Effect<Reply>): Promise<Reply> {
    const fault = this.faults.take(name);
    if (this.link.isUp && !fault && !this.thawed) return effect();
    return inTime(withinMs, async (isTooLate) => {
      await this.link.up();
      await this.thawed;
      const unlessTooLate: Effect<Reply> = () => (isTooLate() ? new Promise(() => undefined) : effect());
      return fault ? fault.happen(unlessTooLate) : unlessTooLate();
    });
  }

  /** The server stops in its tracks. @returns what lets it go on */
  freezeServer(): () => void {
    let thaw!: () => void;
    this.thawed = new Promise((resolve) => {
      thaw = () => {
        this.thawed = undefined;
        resolve();
      };
    });
    return thaw;
  }
}
