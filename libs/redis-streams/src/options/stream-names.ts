import { didYouMean } from './checks/closest.js';
import type { Log } from '../model/log.js';
import { assertStreamName, KEY_SUFFIXES } from '../wire/stream-name.js';

const MOST_REMEMBERED = 1_000;
const MOST_WARNINGS = 20;

/**
 * Tells misspelt stream names, each once: those outside the option `streams`, or, where that is not given, those that are a
 * few letters off a handler's.
 */
export class StreamNames {
  private readonly used = new Set<string>();
  private warnings = 0;
  private handled: readonly string[] = [];

  /** @param listed the option `streams`; a `*` at the end of a name stands for anything */
  constructor(
    private readonly listed: readonly string[] | undefined,
    private readonly log: Pick<Log, 'warn'>,
  ) {}

  /**
   * Somebody adds to this stream, or asks for it.
   * @param where what the error's message begins with
   * @throws RedisStreamsConfigError for what is no name of a stream
   */
  use(stream: string, where = ''): void {
    if (this.used.has(stream)) return;
    assertStreamName(stream, where);
    if (this.used.size >= MOST_REMEMBERED) return;
    this.used.add(stream);
    this.judge(stream);
  }

  /** The streams of this application's handlers, once they are known. */
  handle(streams: readonly string[]): void {
    this.handled = streams;
    const all = this.listed ? streams : this.used;
    for (const stream of all) this.judge(stream);
  }

  /** The streams that this application knows of. */
  get known(): readonly string[] {
    return this.listed ?? this.handled;
  }

  /** Those that are known by their names: of handlers, listed, added to or asked for. */
  get named(): string[] {
    const listed = this.listed?.filter((name) => !name.endsWith('*')) ?? [];
    return [...new Set([...this.handled, ...listed, ...this.used])];
  }

  private judge(stream: string): void {
    if (this.warnings >= MOST_WARNINGS || stream.endsWith(KEY_SUFFIXES.dead)) return;
    const warning = this.listed ? this.outsideOf(this.listed, stream) : this.besideHandlers(stream);
    if (warning === undefined) return;
    this.warnings++;
    this.log.warn(warning);
  }

  private outsideOf(listed: readonly string[], stream: string): string | undefined {
    if (listed.some((name) => matches(name, stream))) return undefined;
    return `The stream '${stream}' is not in the option streams.${didYouMean(stream, listed)} If it is meant, list it there.`;
  }

  private besideHandlers(stream: string): string | undefined {
    if (this.handled.includes(stream)) return undefined;
    const suggestion = didYouMean(stream, this.handled);
    if (suggestion === '') return undefined;
    return `No handler here is for the stream '${stream}'.${suggestion} If it is meant, name all streams in the option streams.`;
  }
}

function matches(listed: string, stream: string): boolean {
  return listed.endsWith('*') ? stream.startsWith(listed.slice(0, -1)) : listed === stream;
}
