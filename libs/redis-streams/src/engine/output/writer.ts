import { EncodeError, UnrecoverableError } from '../../model/errors/errors.js';
import type { ResolvedOutputOptions } from '../../options/tables/output-options.js';
import { toJson } from '../../wire/json/json-value.js';
import { OUTPUT_KINDS } from '../../wire/tasks/output.js';
import type { Run } from '../state/deliveries/delivery.js';
import type { RunWriting } from '../state/deliveries/run-writing.js';

const MOST_CHUNK_BYTES = 65_536;
const MOST_PROGRESS_BYTES = 16_384;
/** So often a run's progress has a place in its output. */
const MOST_PROGRESS_ENTRIES = 10_000;
/** Who can wait does so while more than that is unsent, in bytes. */
const HIGH_WATER_BYTES = 262_144;
/** A lost group is restored, and its entries have come again, by then; and the next renewal has told who else has them, in milliseconds. */
const REFUSED_FOR_MS = 10_000;

/** What a writer asks of whoever sends. */
export interface Sender {
  /** There is something new to send. */
  wrote(writer: Writer): void;
  /** Something that people should know; once for each run. */
  remark(run: Run, text: string): void;
}

/** What one run has written and is not sent yet. Whatever it writes once it has lost its entry is dropped. */
export class Writer implements RunWriting {
  /** Kind and value in turn: what is still to be appended, in its order. */
  readonly unsent: string[] = [];
  /** Of the values in `unsent`. */
  private readonly sizes: number[] = [];
  unsentBytes = 0;
  /** The number of the run; undefined until it is opened. */
  run: string | undefined;
  /** Position of the first of `unsent`. */
  position = 1;
  /** JSON of the progress that is to be sent. */
  note: string | undefined;
  /** When progress was sent last, and when something is to be sent, on performance.now's clock. */
  notedAt = -Infinity;
  dueAt = Infinity;
  /** By how much its spans of the clock begin later than those of others: a part of such a span. */
  phase = 0;
  /** Somebody watches, as far as is known. */
  isWatched = true;
  hasEnded = false;
  isLost = false;
  /** Since when Redis says that the entry is not this run's, on performance.now's clock; undefined where it does not. */
  refusedAt: number | undefined;
  private chunks = 0;
  private bytes = 0;
  private progresses = 0;
  private progressBytes = 0;
  private isCut = false;
  private hasRemarked = false;
  private waiting: (() => void)[] = [];

  constructor(
    readonly of: Run,
    /** undefined where only progress is kept. */
    readonly options: ResolvedOutputOptions | undefined,
    private readonly sender: Sender,
  ) {}

  /** Whether the entry is still this run's to write about. */
  get isHeld(): boolean {
    return !this.isLost && this.of.lease !== undefined;
  }

  get isOpen(): boolean {
    return this.options === undefined || this.run !== undefined;
  }

  get hasUnsent(): boolean {
    return this.unsent.length > 0 || this.note !== undefined || !(this.isOpen || this.isLost);
  }

  write(chunk: unknown): void {
    if (!this.options || this.hasEnded || this.isLost) return;
    if (chunk === undefined) return this.remark('its output has a chunk that is undefined: such are left out');
    const json = chunkJson(chunk);
    const bytes = Buffer.byteLength(json);
    if (bytes > MOST_CHUNK_BYTES) {
      throw new UnrecoverableError(`A chunk has ${bytes} bytes of JSON, and at most ${MOST_CHUNK_BYTES} are allowed.`);
    }
    if (this.isCut) return;
    this.chunks++;
    this.bytes += bytes;
    this.isCut = this.chunks > this.options.maxChunks || this.bytes > this.options.maxBytes;
    if (this.isCut) this.append(OUTPUT_KINDS.gap, '', 0);
    else this.append(OUTPUT_KINDS.chunk, json, bytes);
    this.sender.wrote(this);
  }

  room(): Promise<void> | undefined {
    if (this.unsentBytes <= HIGH_WATER_BYTES || !this.isHeld) return undefined;
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  progress(value: unknown): void {
    const json = toJson(value, 'the progress');
    const bytes = Buffer.byteLength(json);
    if (bytes > MOST_PROGRESS_BYTES) {
      throw new EncodeError(`A progress has ${bytes} bytes of JSON, and at most ${MOST_PROGRESS_BYTES} are allowed.`);
    }
    if (this.hasEnded || !this.isHeld) return this.remark('it told its progress when it was over, which is ignored');
    const isNew = this.note === undefined;
    this.note = json;
    if (isNew) this.sender.wrote(this);
  }

  /** Gives a progress that is kept its place among the chunks, while there is room for more. */
  place(progress: string): void {
    if (!this.options) return;
    this.progresses++;
    this.progressBytes += Buffer.byteLength(progress);
    if (this.progresses > MOST_PROGRESS_ENTRIES || this.progressBytes > this.options.maxBytes) return;
    this.append(OUTPUT_KINDS.progress, progress, 0);
  }

  resume(): void {
    // Output has been told to end, and is not all there: it ends where it was.
    if (!this.options) this.isLost = false;
    this.refusedAt = undefined;
  }

  end(): Promise<void> | undefined {
    this.hasEnded = true;
    if (!this.hasUnsent || !this.isHeld) return undefined;
    const sent = new Promise<void>((resolve) => this.waiting.push(resolve));
    this.sender.wrote(this);
    return sent;
  }

  private append(kind: string, value: string, bytes: number): void {
    this.unsent.push(kind, value);
    this.sizes.push(bytes);
    this.unsentBytes += bytes;
  }

  /** So many entries have been appended. */
  sent(count: number): void {
    this.refusedAt = undefined;
    this.unsent.splice(0, 2 * count);
    for (const bytes of this.sizes.splice(0, count)) this.unsentBytes -= bytes;
    this.position += count;
    if (this.hasEnded ? !this.hasUnsent : this.unsentBytes <= HIGH_WATER_BYTES) this.letGoOn();
  }

  opened(run: string): void {
    this.run = run;
    // It may have ended meanwhile, and have written nothing.
    this.sent(0);
  }

  /** Redis says that the entry is not this run's: as long as its lease is not known to be lost, it may be again. */
  refused(): void {
    const now = performance.now();
    this.refusedAt ??= now;
    if (now - this.refusedAt >= REFUSED_FOR_MS) this.lose();
  }

  /** It may write no more. */
  lose(): void {
    this.isLost = true;
    this.unsent.length = 0;
    this.sizes.length = 0;
    this.unsentBytes = 0;
    this.note = undefined;
    this.letGoOn();
  }

  private letGoOn(): void {
    for (const goOn of this.waiting.splice(0)) goOn();
  }

  private remark(text: string): void {
    if (this.hasRemarked) return;
    this.hasRemarked = true;
    this.sender.remark(this.of, text);
  }
}

function chunkJson(chunk: unknown): string {
  try {
    return toJson(chunk, 'a chunk of output');
  } catch (error) {
    throw new UnrecoverableError((error as Error).message, { cause: error });
  }
}
