import type { NestContainer } from '@nestjs/core';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { StreamNames } from '../../options/stream-names.js';
import { Schedule, type ScheduleTick } from '../../schedules/schedule.js';
import { assertScheduleName, checkedScheduleOptions, timesOf } from '../../schedules/schedule-options.js';
import { encodeTemplate } from '../../schedules/task-template.js';
import type { Ticker } from '../../schedules/ticking/ticker.js';
import type { TaskEncoding } from '../../tasks/adding/encode-task.js';
import { assertStreamName } from '../../wire/stream-name.js';
import { type ScheduleDefinition, schedulesOf } from './stream-schedule.decorator.js';

const OWN_OPTIONS = ['name', 'headers', 'ttlMs'];

interface Parts {
  readonly ticker: Ticker;
  readonly encoding: TaskEncoding;
  readonly names: StreamNames;
}

/**
 * Finds the app's `@StreamSchedule` declarations, in providers, controllers and modules alike.
 * @throws RedisStreamsConfigError for the first wrong one, and for two of one name on a stream
 */
export function registerSchedules(container: NestContainer, { ticker, encoding, names }: Parts): void {
  const places = new Map<string, string>();
  for (const definition of definitionsIn(container)) {
    const schedule = asSchedule(definition, encoding);
    const id = `${schedule.stream}\n${schedule.name}`;
    const other = places.get(id);
    if (other !== undefined)
      throw new RedisStreamsConfigError(
        `Two schedules of '${schedule.stream}' are named '${schedule.name}': on ${other} and on ${definition.place}. Give one of them another name.`,
      );
    places.set(id, definition.place);
    names.use(schedule.stream);
    ticker.declare(schedule);
  }
}

function definitionsIn(container: NestContainer): Set<ScheduleDefinition> {
  const found = new Set<ScheduleDefinition>();
  for (const { metatype: module, providers, controllers } of container.getModules().values()) {
    const metatypes = [module, ...[...providers.values(), ...controllers.values()].map(({ metatype }) => metatype)];
    for (const metatype of metatypes) {
      if (typeof metatype === 'function') for (const definition of schedulesOf(metatype)) found.add(definition);
    }
  }
  return found;
}

function asSchedule({ place, when, stream, payload, options }: ScheduleDefinition, encoding: TaskEncoding): Schedule {
  const where = `@StreamSchedule on ${place}`;
  assertStreamName(stream, `${where}: `);
  const checked = checkedScheduleOptions(options, where, OWN_OPTIONS);
  const { name = place, headers, ttlMs } = options ?? {};
  assertScheduleName(name, where);
  const template = { ...(headers && { headers }), ...(ttlMs !== undefined && { ttlMs }) };
  const fieldsOf = fieldsFor(payload, (made) => encodeTemplate(encoding, made, template), where);
  const times = timesOf(when, checked.timeZone, where);
  const spec = JSON.stringify([when, checked.timeZone]);
  return new Schedule({ stream, name, times, options: checked, spec, isDeclared: true, fieldsOf });
}

/** A payload that is always the same is encoded once, and at once, so that a wrong one fails the start. */
function fieldsFor(payload: unknown, encode: (payload: unknown) => string[], where: string) {
  if (payload === undefined) throw new RedisStreamsConfigError(`${where}: give the payload of its tasks.`);
  if (typeof payload === 'function') {
    const make = payload as (tick: ScheduleTick) => unknown;
    return (tick: ScheduleTick) => encode(make(tick));
  }
  const fields = naming(where, () => encode(payload));
  return () => fields;
}

function naming<Result>(where: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    (error as Error).message = `${where}: ${(error as Error).message}`;
    throw error;
  }
}
