import type { Figure } from './measurement.js';
import type { SystemName } from './systems/system.js';

export interface WorkMedian {
  readonly work: string;
  readonly system: SystemName;
  readonly median: number;
  readonly unit: string;
}

/** Collects the figures of all rounds. */
export class Results {
  private readonly figures = new Map<string, { work: string; system: SystemName; unit: string; values: number[] }>();

  add(system: SystemName, { work, value, unit }: Figure): void {
    const key = `${work}\n${system}`;
    const row = this.figures.get(key) ?? { work, system, unit, values: [] };
    row.values.push(value);
    this.figures.set(key, row);
  }

  medians(): WorkMedian[] {
    return [...this.figures.values()].map(({ work, system, unit, values }) => ({
      work,
      system,
      median: significant(medianOf(values)),
      unit,
    }));
  }

  /** undefined where this run did not measure it. */
  median(work: string, system: SystemName): number | undefined {
    const row = this.figures.get(`${work}\n${system}`);
    return row && medianOf(row.values);
  }

  /** As Markdown, with the least and the greatest of the rounds. */
  table(): string {
    const rows = [...this.figures.values()].map(({ work, system, unit, values }) => {
      const [least, median, greatest] = [Math.min(...values), medianOf(values), Math.max(...values)].map(shown);
      return `| ${work} | ${system} | ${median} | ${least} – ${greatest} | ${unit} |`;
    });
    return ['| work | system | median | rounds | unit |', '|---|---|--:|---|---|', ...rows].join('\n');
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Four digits are more than a benchmark knows. */
export function significant(value: number): number {
  return Math.abs(value) >= 1_000 ? Math.round(value) : Number(value.toPrecision(4));
}

export function shown(value: number): string {
  return significant(value).toLocaleString('en-US', { maximumFractionDigits: 4 });
}
