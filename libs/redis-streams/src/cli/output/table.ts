import { printable, shortened } from './printable.js';

/** A column of a table of rows. */
export interface Column<Row> {
  readonly title: string;
  /** undefined is told as —: it is not known, or there is none. */
  readonly cell: (row: Row) => string | number | undefined;
  /** Numbers are read from the right. */
  readonly isNumber?: boolean;
  /** At most so many characters. Default all. */
  readonly most?: number;
}

/** How a line is coloured. */
export type Paint = (text: string) => string;

/** Lines of a table, each column as wide as it needs to be. @param paint of the header */
export function tableLines<Row>(columns: readonly Column<Row>[], rows: readonly Row[], paint: Paint): string[] {
  const cells = rows.map((row) => columns.map((column) => cellOf(column, row)));
  const widths = columns.map(({ title }, n) => Math.max(title.length, ...cells.map((line) => widthOf(line[n]))));
  const lineOf = (texts: readonly string[]) =>
    texts
      .map((text, n) => aligned(text, widths[n]!, columns[n]!.isNumber ?? false))
      .join('  ')
      .trimEnd();
  return [paint(lineOf(columns.map(({ title }) => title))), ...cells.map(lineOf)];
}

export function headerLine<Row>(columns: readonly Column<Row>[]): string {
  return columns
    .map(({ title }) => title)
    .join('  ')
    .trimEnd();
}

/** Of rows that come one by one, so that columns are as wide as their titles are padded. */
export function rowLine<Row>(columns: readonly Column<Row>[], row: Row): string {
  return columns
    .map((column) => aligned(cellOf(column, row), column.title.length, column.isNumber ?? false))
    .join('  ')
    .trimEnd();
}

function cellOf<Row>({ cell, most }: Column<Row>, row: Row): string {
  const value = cell(row);
  if (value === undefined) return '—';
  const text = typeof value === 'number' ? value.toLocaleString('en-US') : printable(value);
  return most === undefined ? text : shortened(text, most);
}

function aligned(text: string, width: number, isNumber: boolean): string {
  const padding = ' '.repeat(Math.max(0, width - widthOf(text)));
  return isNumber ? padding + text : text + padding;
}

function widthOf(text = ''): number {
  return Array.from(text).length;
}
