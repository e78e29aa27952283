import type { Output } from '../output/output.js';
import { printable } from '../output/printable.js';

const WIDTH = 30;

/** How far something is, drawn over again and again on a terminal; off it nothing is drawn. */
export class ProgressBar {
  private isDrawn = false;

  constructor(
    private readonly out: Output,
    /** undefined where that is not known. */
    private readonly total: number | undefined,
  ) {}

  draw(done: number, note = ''): void {
    if (!process.stderr.isTTY || this.out.isJson) return;
    process.stderr.write(`\r\u001b[K${this.bar(done)}${note === '' ? '' : ` · ${printable(note)}`}`);
    this.isDrawn = true;
  }

  end(): void {
    if (this.isDrawn) process.stderr.write('\n');
  }

  private bar(done: number): string {
    const count = done.toLocaleString('en-US');
    if (this.total === undefined) return count;
    const full = Math.round((this.total === 0 ? 1 : Math.min(1, done / this.total)) * WIDTH);
    return `${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${count} of ${this.total.toLocaleString('en-US')}`;
  }
}
