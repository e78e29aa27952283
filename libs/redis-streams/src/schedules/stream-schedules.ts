import { RedisStreamsConfigError } from '../model/errors/errors.js';
import { rethrowNaming } from '../model/errors/rethrow-naming.js';
import type { AnyStream, KnownStream, PayloadOf } from '../model/payloads.js';
import type { ScheduleStore, StoredSchedule } from '../model/ports/tasks/schedule-store.js';
import { fail, plainObject } from '../options/checks/option-checks.js';
import type { StreamNames } from '../options/stream-names.js';
import type { TaskEncoding } from '../tasks/adding/encode-task.js';
import type { Appender } from '../model/ports/append.js';
import type { AddInterceptors } from '../tasks/adding/add-interceptors.js';
import { appendHeaders, decodeEntry } from '../wire/codec.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../wire/header-contract.js';
import { tickHeader } from '../wire/tasks/tick.js';
import type { Schedule } from './schedule.js';
import {
  assertScheduleName,
  checkedScheduleOptions,
  type ScheduleOptions,
  type ScheduleWhen,
  timesOf,
} from './schedule-options.js';
import { storedSchedule, writeSpec } from './stored-spec.js';
import { encodeTemplate, type ScheduledTaskOptions } from './task-template.js';
import type { Ticker } from './ticking/ticker.js';

/** A schedule made at run time. One of `cron` and `everyMs`. */
export interface ScheduleSpec<Payload = unknown> extends ScheduleOptions, ScheduledTaskOptions {
  /** By which it is known on its stream. 1 to 128 characters. */
  name: string;
  /** A pattern of 5 fields, or of 6 with seconds first. */
  cron?: string;
  /** An interval in milliseconds, whose ticks are its multiples since the Unix epoch. 1,000 to 31,622,400,000. */
  everyMs?: number;
  /** Of each of its tasks. */
  payload: Payload;
}

/** A schedule as it is now. Times are by Redis's clock. */
export interface ScheduleInfo {
  readonly stream: string;
  readonly name: string;
  /** Declared in the code of this process, or made at run time. */
  readonly isDeclared: boolean;
  /** No tick at or before this one makes a task any more: that of its last task, or when it was made, changed or resumed. */
  readonly lastTickAt: Date;
  /** The task that it made last; undefined where it has made none. */
  readonly lastTaskId: string | undefined;
  /** When its next task is made; undefined while it is paused, and where it has no tick any more. */
  readonly nextAt: Date | undefined;
  readonly paused: { readonly at: Date; readonly reason: string | undefined } | undefined;
}

interface StreamSchedulesParts {
  readonly store: ScheduleStore;
  readonly appender: Appender;
  readonly encoding: TaskEncoding;
  readonly names: StreamNames;
  readonly ticker: Ticker;
  readonly interceptors: AddInterceptors;
}

const SPEC_NAMES = ['name', 'cron', 'everyMs', 'payload', 'headers', 'ttlMs'];
const MOST_REASON_CHARACTERS = 1_024;

/**
 * Schedules that are made at run time, and all that can be done with those that `@StreamSchedule` declares. Inject it anywhere. Every process of
 * the application that has the module proposes the ticks; each makes exactly one task. See docs/schedules.md.
 */
export class StreamSchedules {
  private readonly store: ScheduleStore;
  private readonly appender: Appender;
  private readonly encoding: TaskEncoding;
  private readonly names: StreamNames;
  private readonly ticker: Ticker;
  private readonly interceptors: AddInterceptors;

  /** @internal Nest makes it. */
  constructor({ store, appender, encoding, names, ticker, interceptors }: StreamSchedulesParts) {
    this.store = store;
    this.appender = appender;
    this.encoding = encoding;
    this.names = names;
    this.ticker = ticker;
    this.interceptors = interceptors;
  }

  /**
   * Makes a schedule, or makes the one of that name another one; the same again changes nothing. It begins now: a tick before is none of
   * its own. Other processes know of it within 10 s.
   *
   * @throws RedisStreamsConfigError for a bad stream name, a wrong option or a pattern that never ticks, and for a name that is declared in this
   *   process's code; EncodeError and PayloadTooLargeError as `add`; RedisUnavailableError when Redis does not answer in time: then it
   *   may have happened, and asking again does no harm
   * @example
   * await schedules.upsert('reports:queue', { name: `digest:${tenant}`, cron: '0 9 * * 1-5', timeZone, payload: { tenant } });
   */
  async upsert<S extends AnyStream>(stream: KnownStream<S>, spec: ScheduleSpec<PayloadOf<S>>): Promise<void> {
    const call = this.callOn('upsert', stream);
    const { name, cron, everyMs, payload, headers, ttlMs, ...options } = plainObject(
      spec,
      `${call}: the schedule`,
    ) as unknown as ScheduleSpec;
    this.assertOwn(stream, name, call);
    const checked = checkedScheduleOptions(options, call, SPEC_NAMES);
    const when = whenOf(cron, everyMs, call);
    timesOf(when, checked.timeZone, call);
    if (payload === undefined) fail(`${call}: payload`, 'what each task gets', payload);
    const fields = encodeTemplate(this.encoding, payload, { headers, ttlMs });
    await this.store.put(stream, name, writeSpec({ when, options, fields })).catch(rethrowNaming(call));
    this.ticker.changed(stream);
  }

  /**
   * Ends a schedule that was made at run time; tasks that it has made stay. One that is declared in code ends when its decorator goes.
   * @returns whether there was one
   * @throws as `upsert`
   */
  async remove<S extends AnyStream>(stream: KnownStream<S>, name: string): Promise<boolean> {
    const call = this.callOn('remove', stream);
    this.assertOwn(stream, name, call);
    const wasThere = await this.store.remove(stream, name).catch(rethrowNaming(call));
    this.ticker.changed(stream);
    return wasThere;
  }

  /**
   * Keeps a schedule from making tasks, whoever declares it, in all processes at once, until it is resumed. Ticks of the pause
   * make no tasks later either.
   * @param options.reason for whoever looks at it later; up to 1,024 characters
   * @returns whether there is such a schedule
   */
  async pause<S extends AnyStream>(
    stream: KnownStream<S>,
    name: string,
    options: { readonly reason?: string } = {},
  ): Promise<boolean> {
    const call = this.callOn('pause', stream);
    assertScheduleName(name, call);
    const { reason = '' } = plainObject(options, `${call}: the options`);
    if (typeof reason !== 'string' || reason.length > MOST_REASON_CHARACTERS)
      fail(`${call}: reason`, `a string of up to ${MOST_REASON_CHARACTERS} characters`, reason);
    return this.noting(stream, this.store.pause(stream, name, reason).catch(rethrowNaming(call)));
  }

  /** @returns whether there is such a schedule, paused or not */
  async resume<S extends AnyStream>(stream: KnownStream<S>, name: string): Promise<boolean> {
    const call = this.callOn('resume', stream);
    assertScheduleName(name, call);
    return this.noting(stream, this.store.resume(stream, name).catch(rethrowNaming(call)));
  }

  /**
   * Makes a task of a schedule now, paused or not. Its ticks know nothing of it.
   * @returns the task id; undefined where there is no such schedule, or it is declared in the code of other processes only
   * @throws as `add`, and RedisUnavailableError where the schedule could not be looked up
   */
  async trigger<S extends AnyStream>(stream: KnownStream<S>, name: string): Promise<string | undefined> {
    const call = this.callOn('trigger', stream);
    assertScheduleName(name, call);
    const { serverNow, schedules } = await this.store.learn(stream, []).catch(rethrowNaming(call));
    const stored = schedules.find((each) => each.name === name);
    const schedule = this.declared(stream, name) ?? (stored && storedSchedule(stream, stored));
    if (!schedule) return undefined;
    const header = [RESERVED_PREFIX + RESERVED_HEADERS.tick, tickHeader(name, undefined)];
    const fields = [...schedule.fieldsOf({ name, at: new Date(serverNow) }), ...header];
    return this.add(stream, fields);
  }

  /**
   * The schedules of a stream, or of all streams that have any: those made at run time, and those declared in the code of this process. One that
   * this version cannot read is left out; a warning has told of it.
   * @throws RedisUnavailableError when Redis does not answer in time
   */
  async list<S extends AnyStream>(stream?: KnownStream<S>): Promise<ScheduleInfo[]> {
    const call = stream === undefined ? 'list()' : this.callOn('list', stream);
    const streams = stream === undefined ? await this.streams().catch(rethrowNaming(call)) : [stream];
    const infos: ScheduleInfo[] = [];
    for (const each of streams) {
      // oxlint-disable-next-line no-await-in-loop -- an answer may be long, and others ask, too
      const { serverNow, schedules } = await this.store
        .learn(each, this.ticker.declaredFor(each))
        .catch(rethrowNaming(call));
      for (const stored of schedules) {
        const schedule = this.declared(each, stored.name) ?? readable(each, stored);
        if (schedule) infos.push(infoOf(schedule, stored, serverNow));
      }
    }
    return infos;
  }

  private async add(stream: string, fields: string[]): Promise<string> {
    const append = () => this.appender.append(stream, { fields, maxLen: undefined, minReplicas: 0 });
    if (!this.interceptors.areThere) return append();
    const { payload, headers: before } = decodeEntry(fields);
    const item = { payload, headers: { ...before } };
    const [id] = await this.interceptors.around({ stream, items: [item] }, async () => {
      appendHeaders(fields, Object.fromEntries(Object.entries(item.headers).filter(([name]) => !(name in before))));
      return [await append()];
    });
    return id!;
  }

  private async streams(): Promise<string[]> {
    const { streams } = await this.store.changes();
    return [...new Set([...this.ticker.declaredStreams, ...streams.keys()])].toSorted();
  }

  private declared(stream: string, name: string): Schedule | undefined {
    return this.ticker.declaredFor(stream).find((each) => each.name === name);
  }

  private async noting(stream: string, changed: Promise<boolean>): Promise<boolean> {
    const isThere = await changed;
    this.ticker.changed(stream);
    return isThere;
  }

  private assertOwn(stream: string, name: unknown, call: string): asserts name is string {
    assertScheduleName(name, call);
    if (!this.declared(stream, name)) return;
    throw new RedisStreamsConfigError(
      `${call}: the schedule '${name}' is declared by @StreamSchedule: change it there, or choose another name.`,
    );
  }

  private callOn(method: string, stream: string): string {
    this.names.use(stream);
    return `${method}('${stream}')`;
  }
}

/** undefined for one that cannot be read, too: the ticker tells of it. */
function readable(stream: string, stored: StoredSchedule): Schedule | undefined {
  try {
    return storedSchedule(stream, stored);
  } catch (error) {
    if (error instanceof RedisStreamsConfigError) return undefined;
    throw error;
  }
}

function whenOf(cron: unknown, everyMs: unknown, call: string): ScheduleWhen {
  if ((cron === undefined) === (everyMs === undefined))
    throw new RedisStreamsConfigError(`${call}: say when it ticks by one of cron and everyMs.`);
  if (cron === undefined) return { everyMs: everyMs as number };
  if (typeof cron !== 'string') fail(`${call}: cron`, "a pattern such as '0 9 * * 1-5'", cron);
  return cron;
}

function infoOf(schedule: Schedule, stored: StoredSchedule, serverNow: number): ScheduleInfo {
  const { stream, name, isDeclared } = schedule;
  const { lastTickAt, lastTaskId, paused } = stored;
  const next = paused ? undefined : schedule.nextTick(Math.max(lastTickAt, serverNow - 1));
  return {
    ...{ stream, name, isDeclared, lastTaskId },
    lastTickAt: new Date(lastTickAt),
    nextAt: next === undefined ? undefined : new Date(schedule.dueAt(next)),
    paused: paused && { at: new Date(paused.at), reason: paused.reason || undefined },
  };
}
