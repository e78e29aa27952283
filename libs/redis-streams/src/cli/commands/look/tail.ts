import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { TaskEndEvent, TaskEvent } from '../../../model/tasks/task-event.js';
import type { StreamsClient } from '../../../wiring/streams-client.js';
import { acts } from '../../command.js';
import { CommandFailedError, UsageError } from '../../exit-code.js';
import { parseMoment } from '../../input/values/durations.js';
import { assertNotMisspelt, isThere } from '../../input/known-stream.js';
import { printable } from '../../output/printable.js';
import { shortJson } from '../../output/short-json.js';
import type { Session } from '../../session.js';
import { goesOn, taskLine } from '../../view/task-line.js';

interface TailOptions {
  readonly task?: string;
  readonly errors?: boolean;
  readonly group?: string;
  readonly from?: string | Date;
}

const LOOK_EVERY_MS = 500;
/** Of so many tasks it is told what becomes of them, at once. */
const MOST_FOLLOWED = 1_000;

/** What happens in a stream, as it happens. */
export function tailCommand(): Command {
  const command = new Command('tail')
    .description('tasks as they are added, until Ctrl-C; what becomes of them, or of one of them; or what is given up')
    .argument('<stream>')
    .option('--task <id>', 'all that this task tells: states, chunks, progress, its end, with which tail ends')
    .option('--errors', 'only tasks that are given up')
    .option('--group <group>', 'what becomes of each task in this group; with --task and --errors: whose')
    .option('--from <moment>', 'begin there: an entry id, a date, or how long ago (default: now)', parseMoment);
  return acts<TailOptions>(command, async (session, options, stream) => {
    if (options.task !== undefined && (options.errors || options.from !== undefined)) {
      throw new UsageError(
        '--task tells all of one task from its beginning on: it does not go with --errors and --from.',
      );
    }
    const streams = await session.streams();
    if (options.group !== undefined) assertNotMisspelt(await streams.monitor.overview(stream), options.group);
    const tail = new Tail(session, streams, stream);
    if (options.task !== undefined) return tail.followOne(options.task, options.group);
    return options.errors ? tail.deaths(options) : tail.adds(options);
  });
}

class Tail {
  private followed = 0;

  constructor(
    private readonly session: Session,
    private readonly streams: StreamsClient,
    private readonly stream: string,
  ) {}

  /** Tells all of a task. @returns at its end */
  async followOne(id: string, group?: string): Promise<void> {
    const { task } = (await this.follow(id, group)) ?? {};
    if (task?.state === 'unknown') throw new CommandFailedError(`There is no task ${id} in '${this.stream}'.`);
  }

  private follow(id: string, group?: string): Promise<TaskEndEvent | undefined> {
    return new Promise((resolve, reject) => {
      let told = Promise.resolve();
      let end: TaskEndEvent | undefined;
      this.streams.tasks.watch(this.stream, id, group === undefined ? {} : { group }).subscribe({
        next: (event) => {
          if (event.type === 'end') end = event;
          told = told.then(() => this.tellEvent(id, event));
          told.catch(reject);
        },
        error: reject,
        complete: () => void told.then(() => resolve(end), reject),
      });
    });
  }

  async deaths({ from, group }: TailOptions): Promise<void> {
    const { monitor } = this.streams;
    const { out } = this.session;
    for await (const letter of this.asTheyCome((at) => monitor.deadLetters(this.stream, { from: at }), from)) {
      if (group !== undefined && letter.group !== group) continue;
      if (out.isJson) await out.line({ type: 'dead-lettered', ...letter });
      else
        await this.tell(
          letter.diedAt,
          letter.entry.id,
          `${letter.group}: given up (${letter.reason}): ${letter.errorText}`,
        );
    }
  }

  async adds({ from, group }: TailOptions): Promise<void> {
    const { monitor } = this.streams;
    const { out } = this.session;
    for await (const entry of this.asTheyCome((at) => monitor.history(this.stream, { from: at }), from)) {
      const { id, addedAt, payload, error } = entry;
      if (out.isJson) await out.line({ type: 'added', ...entry });
      else await this.tell(addedAt, id, error ? `added, unreadable: ${error.message}` : `added ${shortJson(payload)}`);
      if (group !== undefined) this.followOneOfMany(id, group);
    }
  }

  private followOneOfMany(id: string, group: string): void {
    if (this.followed === MOST_FOLLOWED) {
      this.session.out.say(
        `More than ${MOST_FOLLOWED} tasks have not ended: of those that are added now nothing is told until some have.`,
      );
    }
    if (this.followed++ >= MOST_FOLLOWED) return void this.followed--;
    this.follow(id, group)
      .catch((error: Error) => this.session.out.say(`error: ${error.message}`))
      .finally(() => this.followed--);
  }

  /** All from a moment on, and then what is new, for ever. Ends with the process. */
  private async *asTheyCome<Item extends { readonly id: string }>(
    read: (from: string | Date) => AsyncIterable<Item>,
    from: string | Date | undefined,
  ): AsyncGenerator<Item> {
    let at: string | Date = from ?? (await this.now());
    for (;;) {
      for await (const item of read(at)) {
        if (item.id === at) continue;
        yield item;
        at = item.id;
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal: this.session.signal });
    }
  }

  /** By Redis's clock as far as is known: the ids of entries are. */
  private async now(): Promise<string | Date> {
    const overview = await this.streams.monitor.overview(this.stream);
    if (!isThere(overview))
      this.session.out.say(`There is no stream '${this.stream}' yet: waiting for its first task.`);
    return overview.lastEntryId ?? new Date(0);
  }

  private async tellEvent(id: string, event: TaskEvent): Promise<void> {
    const { out } = this.session;
    if (out.isJson) return out.line({ ...event, id });
    // Its end tells the same once more.
    if (event.type === 'state' && !goesOn(event.task)) return;
    if (event.type === 'state' || event.type === 'end') {
      return this.tell(new Date(), id, `${event.task.group}: ${taskLine(event.task, out)}`);
    }
    const value = 'value' in event ? ` ${shortJson(event.value)}` : '';
    return this.tell(new Date(), id, event.type + value);
  }

  private tell(at: Date, id: string, text: string): Promise<void> {
    const { out } = this.session;
    // What happens now is always "0 ms ago".
    const time = this.session.options.time === 'relative' ? at.toISOString().slice(11, 23) : out.moment(at);
    return out.text(`${out.paint('dim', time!)}  ${id}  ${printable(text)}`);
  }
}
