import 'reflect-metadata';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { AnyStream, KnownStream, PayloadOf } from '../../model/payloads.js';
import type { ScheduleTick } from '../../schedules/schedule.js';
import type { ScheduleOptions, ScheduleWhen } from '../../schedules/schedule-options.js';
import type { ScheduledTaskOptions } from '../../schedules/task-template.js';

/** Options of `@StreamSchedule`. */
export interface StreamScheduleOptions extends ScheduleOptions, ScheduledTaskOptions {
  /** By which it is known on its stream; give one that outlives a rename of the class. Default the class's name, and the method's: `'Reports.digest'`. 1 to 128 characters. */
  name?: string;
}

/** What the decorator leaves behind. */
export interface ScheduleDefinition {
  /** Class and method, for messages and as the default name. */
  readonly place: string;
  readonly when: ScheduleWhen;
  readonly stream: string;
  readonly payload: unknown;
  readonly options: StreamScheduleOptions | undefined;
}

const definitions = new WeakMap<object, ScheduleDefinition[]>();

/** Those of a class, and of its own methods. */
export function schedulesOf(metatype: object): readonly ScheduleDefinition[] {
  return definitions.get(metatype) ?? [];
}

/**
 * Adds a task to a stream at each tick of a schedule, on any class of the application or any method of one; what it is on only gives it
 * its default name. As many as one likes. Exactly one task per tick, however many processes there are; a process proposes its ticks from its
 * bootstrap on. Where the decorator goes, the schedule ends. See docs/schedules.md.
 *
 * @param when a cron pattern, or `{ everyMs }`
 * @param payload of each task, or a function that makes it of the tick. Every process that proposes a tick calls it: it has to return the same
 *   for the same tick, and to do nothing else
 * @throws RedisStreamsConfigError at the bootstrap for a bad name, pattern, zone or option, for a payload that is no JSON, and where two schedules of a
 *   stream have the same name
 * @example
 * @StreamSchedule('0 9 * * 1-5', 'reports:queue', ({ at }) => ({ day: at.toISOString() }), { name: 'digest', timeZone: 'Europe/Berlin' })
 */
export function StreamSchedule<S extends AnyStream>(
  when: ScheduleWhen,
  stream: KnownStream<S>,
  payload: PayloadOf<S> | ((tick: ScheduleTick) => PayloadOf<S>),
  options?: StreamScheduleOptions,
) {
  return (target: object, key?: string | symbol): void => {
    const metatype = typeof target === 'function' ? target : target.constructor;
    const name = (metatype as { name?: string }).name || 'a class';
    if (typeof key === 'symbol')
      throw new RedisStreamsConfigError(`@StreamSchedule on ${name}: expected a class or a method, not a symbol.`);
    const place = key === undefined ? name : `${name}.${key}`;
    const ofClass = definitions.get(metatype) ?? [];
    definitions.set(metatype, [...ofClass, { place, when, stream, payload, options }]);
  };
}
