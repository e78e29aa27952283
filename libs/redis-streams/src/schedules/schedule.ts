import { createHash } from 'node:crypto';
import type { CheckedScheduleOptions } from './schedule-options.js';
import { latestTick, type Times } from './times/times.js';

/** A tick, as a payload is made for it. */
export interface ScheduleTick {
  /** The schedule's name. */
  readonly name: string;
  /** The instant that it is about; the task may be made later. */
  readonly at: Date;
}

interface ScheduleParts {
  readonly stream: string;
  readonly name: string;
  readonly times: Times;
  readonly options: CheckedScheduleOptions;
  /** What it is, as text: see `DeclaredSchedule` and `StoredSchedule`. */
  readonly spec: string;
  readonly isDeclared: boolean;
  /** The entry to be, names and values in turn, without what tells of the tick. @throws what encoding throws */
  readonly fieldsOf: (tick: ScheduleTick) => readonly string[];
}

/** One schedule of one stream: when it ticks, and what task a tick makes. */
export class Schedule {
  readonly stream: string;
  readonly name: string;
  readonly spec: string;
  readonly isDeclared: boolean;
  readonly skipsOverlap: boolean;
  readonly fieldsOf: ScheduleParts['fieldsOf'];
  /** By how much its tasks are later than its ticks, in milliseconds. */
  private readonly delayMs: number;
  private readonly catchUpMs: number;
  private readonly times: Times;

  constructor({ stream, name, times, options, spec, isDeclared, fieldsOf }: ScheduleParts) {
    this.stream = stream;
    this.name = name;
    this.spec = spec;
    this.isDeclared = isDeclared;
    this.fieldsOf = fieldsOf;
    this.times = times;
    this.skipsOverlap = options.overlap === 'skip';
    this.catchUpMs = options.catchUp;
    this.delayMs = shareOf(`${stream}\n${name}`, options.spreadMs);
  }

  nextTick(after: number): number | undefined {
    return this.times.nextAfter(after);
  }

  /** When the task of a tick is to be made. */
  dueAt(tick: number): number {
    return tick + this.delayMs;
  }

  /** The last tick that is due by now, after one that counted; whether it still makes a task, says `isMissed`. */
  latestDue(after: number, now: number): number | undefined {
    return latestTick(this.times, after, now - this.delayMs);
  }

  /** Nobody was there in time for it, and it is not to be caught up. */
  isMissed(tick: number, now: number): boolean {
    return now - this.dueAt(tick) > this.catchUpMs;
  }
}

/** A part of a span that is always the same for the same text, and any for others. */
function shareOf(text: string, spanMs: number): number {
  const hash = createHash('sha256').update(text).digest();
  return Math.floor((hash.readUInt32BE() / 2 ** 32) * spanMs);
}
