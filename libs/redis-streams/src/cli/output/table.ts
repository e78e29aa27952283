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
  const titles = columns.map(({ title }) => title);
  return [paint(lineOf(columns, titles, widths)), ...cells.map((texts) => lineOf(columns, texts, widths))];
}

/** Lines of a table whose rows come one by one: columns are as wide as their titles are padded, or as the first row needs. @param paint of the header */
export function growingTable<Row>(columns: readonly Column<Row>[], paint: Paint): (row: Row) => string[] {
  let widths: readonly number[] | undefined;
  return (row) => {
    const cells = columns.map((column) => cellOf(column, row));
    const titles = columns.map(({ title }) => title);
    const isFirst = widths === undefined;
    widths ??= titles.map((title, n) => Math.max(title.length, widthOf(cells[n])));
    const header = isFirst ? [paint(lineOf(columns, titles, widths))] : [];
    return [...header, lineOf(columns, cells, widths)];
  };
}

function lineOf<Row>(columns: readonly Column<Row>[], texts: readonly string[], widths: readonly number[]): string {
  return texts
    .map((text, n) => aligned(text, widths[n]!, columns[n]!.isNumber ?? false))
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
