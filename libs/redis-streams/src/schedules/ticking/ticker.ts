import type { Log } from '../../model/log.js';
import type { ScheduleStore, TickOutcome, TickProposal } from '../../model/ports/tasks/schedule-store.js';
import { failureText, goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import { Alarm } from '../../timing/alarm.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';
import { tickHeader } from '../../wire/tasks/tick.js';
import type { Schedule } from '../schedule.js';
import { storedSchedule } from '../stored-spec.js';
import { KnownSchedule } from './known-schedule.js';
import { ServerClock } from './server-clock.js';

/** How long it takes at most until a schedule that another process has made, changed or paused is known here. */
const LOOK_EVERY_MS = 10_000;
/** How long until Redis is asked again after it failed, at first; twice as long each time. */
const RETRY_MS = 500;
/** Most ticks in one script. */
const MOST_PROPOSALS = 100;

interface Parts {
  readonly store: ScheduleStore;
  readonly log: Pick<Log, 'warn' | 'error'>;
}

interface DueTick {
  readonly known: KnownSchedule;
  readonly proposal: TickProposal;
}

/**
 * Proposes the ticks of all schedules that this process knows: those that are declared in its code, and all that were made at run time.
 * Every process does so; Redis sees to it that each tick makes one task. Ticks are computed from the clock, never from the last task,
 * so that nothing that goes wrong ends a schedule.
 */
export class Ticker {
  private readonly declared = new Map<string, Schedule[]>();
  /** By stream. */
  private readonly known = new Map<string, KnownSchedule[]>();
  /** The streams that are to be looked at again. */
  private readonly unsure = new Set<string>();
  private changes: ReadonlyMap<string, string> = new Map();
  private lookAt = 0;
  private readonly clock = new ServerClock();
  private readonly alarm = new Alarm(() => void this.wake());
  private turns: Promise<void> = Promise.resolve();
  private failures = 0;
  /** It must not look for schedules that were made at run time, and has said so. */
  private isBlind = false;
  /** What goes wrong is no news where nobody has said that there are schedules. */
  private isQuiet = false;
  private isStopped = false;
  private isStarted = false;

  constructor(private readonly parts: Parts) {}

  declare(schedule: Schedule): void {
    const ofStream = this.declared.get(schedule.stream) ?? [];
    this.declared.set(schedule.stream, [...ofStream, schedule]);
    this.unsure.add(schedule.stream);
  }

  /** The schedules of a stream that are declared in this process. */
  declaredFor(stream: string): readonly Schedule[] {
    return this.declared.get(stream) ?? [];
  }

  get declaredStreams(): readonly string[] {
    return [...this.declared.keys()];
  }

  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    void this.wake();
  }

  /** This process adds tasks, and may be the only one that is there. */
  startQuietly(): void {
    if (!this.isStarted) this.isQuiet = true;
    this.start();
  }

  /** This process has changed a schedule. */
  changed(stream: string): void {
    this.unsure.add(stream);
    this.isQuiet = false;
    this.isStarted = true;
    void this.wake();
  }

  /** Proposes nothing more. @returns when what is under way has ended */
  stop(): Promise<void> {
    this.isStopped = true;
    this.alarm.stop();
    return this.turns;
  }

  private wake(): Promise<void> {
    return (this.turns = this.turns.then(() => this.turn()));
  }

  private async turn(): Promise<void> {
    if (this.isStopped) return;
    let retryInMs = Infinity;
    try {
      await this.look();
      await this.proposeDue();
      this.failures = 0;
    } catch (error) {
      if (this.failures++ === 0) this.tell('Schedules have to wait', error);
      retryInMs = Math.min(RETRY_MS * 2 ** (this.failures - 1), LOOK_EVERY_MS);
    }
    if (!this.isStopped) this.alarm.noLaterThan(Math.min(this.nextAt, performance.now() + retryInMs));
  }

  /** When there is something to do next, on performance.now's clock. */
  private get nextAt(): number {
    // What is due already was refused a moment ago: the next attempt comes by itself.
    if (this.failures > 0) return Infinity;
    let due = Infinity;
    for (const ofStream of this.known.values()) {
      for (const { dueAt } of ofStream) if (dueAt < due) due = dueAt;
    }
    return Math.min(this.clock.when(due), this.lookAt);
  }

  private async look(): Promise<void> {
    if (this.lookAt <= performance.now()) {
      await this.lookForChanges();
      this.lookAt = performance.now() + LOOK_EVERY_MS;
    }
    for (const stream of this.unsure) {
      // First, as it may be changed while the answer is on its way.
      this.unsure.delete(stream);
      try {
        // oxlint-disable-next-line no-await-in-loop -- a few, and never more than one script at a time
        await this.learn(stream);
      } catch (error) {
        this.unsure.add(stream);
        throw error;
      }
    }
  }

  private async lookForChanges(): Promise<void> {
    const changes = await this.askForChanges();
    for (const [stream, text] of changes) if (this.changes.get(stream) !== text) this.unsure.add(stream);
    // Redis was flushed, or is another one: what it knew it does not know now.
    for (const stream of this.changes.keys()) if (!changes.has(stream)) this.unsure.add(stream);
    this.changes = changes;
  }

  private async askForChanges(): Promise<ReadonlyMap<string, string>> {
    try {
      const { serverNow, streams } = await this.parts.store.changes();
      this.clock.heard(serverNow);
      // Ticks that were made by a clock that was far ahead do not count any more: which those are is learned again.
      for (const [stream, known] of this.known) {
        if (known.some((schedule) => schedule.isFarAhead(serverNow))) this.unsure.add(stream);
      }
      return streams;
    } catch (error) {
      return this.withoutChanges(error);
    }
  }

  /** A right that is missing must not hold up what is declared. */
  private withoutChanges(error: unknown): ReadonlyMap<string, string> {
    if (!goesOnToBeRefused(error)) throw error;
    if (!this.isBlind) this.tell('Schedules that are made at run time are not looked for here', error);
    this.isBlind = true;
    return this.changes;
  }

  private async learn(stream: string): Promise<void> {
    const declared = this.declaredFor(stream);
    const { serverNow, schedules } = await this.parts.store.learn(stream, declared);
    this.clock.heard(serverNow);
    const known: KnownSchedule[] = [];
    for (const stored of schedules) {
      const schedule = declared.find(({ name }) => name === stored.name) ?? this.read(stream, stored);
      if (schedule) known.push(new KnownSchedule(schedule, stored));
    }
    this.known.set(stream, known);
  }

  private read(stream: string, stored: Parameters<typeof storedSchedule>[1]): Schedule | undefined {
    try {
      return storedSchedule(stream, stored);
    } catch (error) {
      this.tell(`The schedule '${stored.name}' of '${stream}' cannot be read here, and makes no task`, error);
      return undefined;
    }
  }

  private async proposeDue(): Promise<void> {
    const { now } = this.clock;
    for (const [stream, known] of this.known) {
      const due = known.map((each) => this.dueTick(each, now)).filter((each) => each !== undefined);
      for (let i = 0; i < due.length && !this.isStopped; i += MOST_PROPOSALS) {
        // oxlint-disable-next-line no-await-in-loop -- what Redis is asked for in one go is bounded
        await this.propose(stream, due.slice(i, i + MOST_PROPOSALS));
      }
    }
  }

  private dueTick(known: KnownSchedule, now: number): DueTick | undefined {
    const tick = known.tickFor(now);
    if (tick === undefined) return undefined;
    const { schedule } = known;
    const { name, skipsOverlap, spec, isDeclared } = schedule;
    try {
      const fields = [...schedule.fieldsOf({ name, at: new Date(tick) })];
      fields.push(RESERVED_PREFIX + RESERVED_HEADERS.tick, tickHeader(name, tick));
      const dueAt = schedule.dueAt(tick);
      return {
        known,
        proposal: { name, spec: isDeclared ? undefined : spec, tickAt: tick, dueAt, skipsOverlap, fields },
      };
    } catch (error) {
      this.tell(
        `The tick ${new Date(tick).toISOString()} of the schedule '${name}' makes no task here: its payload`,
        error,
      );
      known.passed(tick);
      return undefined;
    }
  }

  private async propose(stream: string, due: readonly DueTick[]): Promise<void> {
    const proposals = due.map(({ proposal }) => proposal);
    const { serverNow, outcomes } = await this.parts.store.propose(stream, proposals);
    this.clock.heard(serverNow);
    const failed = due.map(({ known }, i) => this.conclude(known, outcomes[i]!)).find((error) => error !== undefined);
    if (failed) throw failed;
  }

  /** @returns why it has to be proposed again */
  private conclude(known: KnownSchedule, { kind, detail, lastTickAt }: TickOutcome): Error | undefined {
    const { stream, name } = known.schedule;
    known.passed(lastTickAt);
    // Redis has lost it, or it is another one now: what is right is learned at the next turn.
    if (kind === 'stale' || kind === 'paused') this.unsure.add(stream);
    if (kind === 'failed') return new Error(`the schedule '${name}' of '${stream}': ${detail}`);
    return undefined;
  }

  private tell(what: string, error: unknown): void {
    if (this.isQuiet && this.known.size === 0) return;
    this.parts.log.warn(`${what}: ${failureText(error)}`);
  }
}
