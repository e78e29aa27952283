import { RedisStreamsConfigError } from '../model/errors/errors.js';
import type { StoredSchedule } from '../model/ports/tasks/schedule-store.js';
import { Schedule } from './schedule.js';
import { checkedScheduleOptions, type ScheduleOptions, type ScheduleWhen, timesOf } from './schedule-options.js';

/** A schedule that was made at run time, as Redis keeps it, as JSON. */
export interface StoredSpec {
  readonly when: ScheduleWhen;
  readonly options: ScheduleOptions;
  /** The entry of each of its tasks, names and values in turn. */
  readonly fields: readonly string[];
}

export function writeSpec({ when, options, fields }: StoredSpec): string {
  return JSON.stringify({ when, options, fields });
}

function readSpec(text: string, where: string): StoredSpec {
  try {
    const { when, options, fields } = JSON.parse(text) as StoredSpec;
    if (Array.isArray(fields)) return { when, options, fields };
  } catch {
    // Told below.
  }
  throw new RedisStreamsConfigError(`${where} is nothing that this version can read.`);
}

/**
 * @returns undefined for one that is declared in code elsewhere
 * @throws RedisStreamsConfigError for what cannot be read, as a schedule by a newer version may be
 */
export function storedSchedule(stream: string, { name, spec }: StoredSchedule): Schedule | undefined {
  if (spec === undefined) return undefined;
  const where = `The schedule '${name}'`;
  const { when, options, fields } = readSpec(spec, where);
  const checked = checkedScheduleOptions(options, where);
  const times = timesOf(when, checked.timeZone, where);
  return new Schedule({ stream, name, times, options: checked, spec, isDeclared: false, fieldsOf: () => fields });
}
