import { type FailureOptions, failure } from '../failures.js';
import type { CallName } from './calls.js';

export type Effect<Reply> = () => Reply | Promise<Reply>;

/** To how many calls something happens, the next ones; 1 unless given. */
interface Times {
  readonly times?: number;
}

interface AfterEffect {
  /** What was asked happens, and only the answer is late or lost; else nothing happens. */
  readonly afterEffect?: boolean;
}

export type FailOptions = FailureOptions & Times & AfterEffect;
export type HoldOptions = Times & AfterEffect;

/** Lets held calls go on; with a failure, rejects them with it. */
export type Release = (instead?: FailureOptions) => void;

interface Fault {
  left: number;
  happen<Reply>(effect: Effect<Reply>): Promise<Reply>;
}

/** What is to happen to the next calls, in the order in which it was ordered. */
export class Faults {
  private readonly faults = new Map<CallName, Fault[]>();

  fail(name: CallName, { times = 1, afterEffect = false, ...options }: FailOptions): void {
    this.add(name, times, async (effect) => {
      if (afterEffect) await effect();
      throw failure(options);
    });
  }

  hold(name: CallName, { times = Infinity, afterEffect = false }: HoldOptions): Release {
    let release!: Release;
    const released = new Promise<FailureOptions | undefined>((resolve) => (release = resolve));
    const ended = this.add(name, times, async (effect) => {
      const reply = afterEffect ? [await effect()] : [];
      const instead = await released;
      if (instead) throw failure(instead);
      return afterEffect ? reply[0]! : effect();
    });
    return (instead) => {
      ended();
      release(instead);
    };
  }

  delay(name: CallName, ms: number, { times = 1 }: Times): void {
    this.add(name, times, async (effect) => {
      const reply = await effect();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return reply;
    });
  }

  repeat(name: CallName, { times = 1 }: Times): void {
    this.add(name, times, async (effect) => {
      await effect();
      return effect();
    });
  }

  /** What is to happen to this call, if anything. */
  take(name: CallName): Fault | undefined {
    const [fault] = this.faults.get(name) ?? [];
    if (fault && --fault.left <= 0) this.faults.get(name)!.shift();
    return fault;
  }

  /** @returns what ends it */
  private add(name: CallName, times: number, happen: Fault['happen']): () => void {
    const fault: Fault = { left: times, happen };
    this.faults.set(name, [...(this.faults.get(name) ?? []), fault]);
    return () => {
      const others = this.faults.get(name)!.filter((other) => other !== fault);
      this.faults.set(name, others);
    };
  }
}
