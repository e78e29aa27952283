import type { GroupPause } from '../../model/groups/group-pause.js';
import type { EngineEvents } from '../events.js';

/** Longer than the server's clock and ours drift apart while a pause lasts that ends by itself. */
const AFTER_END_MS = 5;

/** What a script says of the pause of its group, when it ran. */
export interface PauseReply {
  readonly serverNow: number;
  /** undefined where the group is not paused. */
  readonly pause?: GroupPause | undefined;
}

/**
 * Whether the group is paused, as far as this process knows:
 *
 *   unsure ──► open ⇄ paused
 *     ▲──────────┴───────┘      somebody says that it has changed: until Redis has told what it is now, nothing is started
 */
export class Pause {
  private state: 'unsure' | 'open' | 'paused' = 'unsure';
  /** What was told of last; undefined where the group was open. */
  private told: GroupPause | undefined;
  /** When it ends by itself, on performance.now's clock. */
  private endsAt = Infinity;
  /** How often there was a reason for doubt. */
  private doubts = 0;
  private onDoubt: () => void = () => undefined;
  private endWait: () => void = () => undefined;

  constructor(private readonly events: EngineEvents) {}

  /** Whether entries may be started. */
  get isOpen(): boolean {
    return this.state === 'open';
  }

  get isPaused(): boolean {
    return this.state === 'paused';
  }

  /** Whether Redis is to be asked. */
  get isUnsure(): boolean {
    return this.state === 'unsure';
  }

  /** As it was told last. */
  get current(): GroupPause | undefined {
    return this.told;
  }

  /** Told when Redis is to be asked, and nothing may be started until then. One listener: who reads, and asks. */
  whenUnsure(listener: () => void): void {
    this.onDoubt = listener;
  }

  /** It may have changed. */
  doubt(): void {
    this.doubts++;
    this.state = 'unsure';
    this.endWait();
    this.onDoubt();
  }

  /**
   * Redis is about to be asked by who reads, while no read is under way: by a script that writes down that this worker has heard, so that
   * nothing reaches it from then on.
   * @returns what takes its answer, which knows nothing of a reason for doubt that has come up meanwhile
   */
  ask(): (reply: PauseReply) => void {
    const { doubts } = this;
    return (reply) => {
      if (doubts === this.doubts) this.learn(reply);
    };
  }

  /**
   * The same for a script that writes nothing down, as a read may be under way: where it tells of another pause, who reads is to ask.
   */
  overhear(): (reply: PauseReply) => void {
    const learn = this.ask();
    return (reply) => {
      if (reply.pause && reply.pause.since.getTime() !== this.told?.since.getTime()) this.doubt();
      else learn(reply);
    };
  }

  /** Until it may be over, but no longer than that. */
  async mayBeOver(withinMs: number): Promise<void> {
    const inMs = Math.min(withinMs, Math.max(0, this.endsAt - performance.now()));
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, inMs);
      this.endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (this.isPaused) this.state = 'unsure';
  }

  /** Ends the wait for good. */
  close(): void {
    this.doubt();
  }

  private learn({ serverNow, pause }: PauseReply): void {
    const { told } = this;
    this.told = pause;
    this.state = pause ? 'paused' : 'open';
    this.endsAt = pause?.until ? performance.now() + pause.until.getTime() - serverNow + AFTER_END_MS : Infinity;
    if (pause && !isSame(pause, told)) this.events.emit({ type: 'paused', pause });
    if (told && !pause) this.events.emit({ type: 'resumed', pause: told });
  }
}

/** Whoever pauses a group once more may give another reason, or another end. */
function isSame(one: GroupPause, other: GroupPause | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
