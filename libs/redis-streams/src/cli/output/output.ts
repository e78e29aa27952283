import { once } from 'node:events';
import { printable, printableJson } from './printable.js';
import { type Column, growingTable, tableLines } from './table.js';
import { duration, moment, type TimeForm } from './times.js';

/** Grows when a field of the JSON output goes or changes its meaning. */
export const SCHEMA_VERSION = 1;

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
export type Colour = keyof typeof CODES;

export interface OutputOptions {
  readonly json?: boolean;
  readonly time: TimeForm;
  /** Whether colours were not forbidden. */
  readonly color: boolean;
}

/** Data goes to stdout, words go to stderr. */
export class Output {
  readonly isJson: boolean;
  /** Whether somebody sits before it: only then is anything asked, coloured, or drawn over. */
  readonly isTerminal = process.stdout.isTTY;
  private readonly hasColours: boolean;
  private readonly form: TimeForm;

  constructor({ json = false, time, color }: OutputOptions) {
    this.isJson = json;
    this.form = time;
    // https://no-color.org: whatever its value, as long as it is not empty.
    this.hasColours = color && this.isTerminal && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
  }

  /** The one object that a command answers with. */
  object(value: object): Promise<void> {
    return this.write(toJson(value, this.isTerminal ? 2 : undefined));
  }

  /** One of many objects, in a line of its own. */
  line(value: object): Promise<void> {
    return this.write(toJson(value));
  }

  async table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): Promise<void> {
    for (const line of tableLines(columns, rows, (text) => this.paint('bold', text))) await this.write(line);
  }

  /** A table whose rows come one by one; as JSON, an object a line. Its header comes with the first row. */
  rows<Row extends object>(columns: readonly Column<Row>[]): { add(row: Row, json?: object): Promise<void> } {
    const linesOf = growingTable(columns, (text) => this.paint('bold', text));
    return {
      add: async (row, json = row) => {
        if (this.isJson) return this.line(json);
        for (const line of linesOf(row)) await this.write(line);
      },
    };
  }

  /** Text of our own making: what is not was made printable before. */
  text(line: string): Promise<void> {
    return this.write(line);
  }

  /** A word to whoever started the command. */
  say(words: string): void {
    process.stderr.write(`${printable(words)}\n`);
  }

  paint(colour: Colour, text: string): string {
    return this.hasColours ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text;
  }

  moment(at: Date | undefined): string | undefined {
    return at && moment(at, this.form);
  }

  /** Of a moment in the form that was asked for, at most: `59m ago`, ISO 8601, milliseconds. */
  get momentWidth(): number {
    return { relative: 7, iso: 24, ms: 13 }[this.form];
  }

  duration(ms: number | undefined): string | undefined {
    return ms === undefined ? undefined : duration(ms, this.form);
  }

  private async write(line: string): Promise<void> {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  }
}

function toJson(value: object, indent?: number): string {
  return printableJson(JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...value }, jsonValue, indent));
}

/** Errors, which JSON would make empty objects of, and numbers that it has none for. */
function jsonValue(_key: string, value: unknown): unknown {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'bigint' ? String(value) : value;
}
