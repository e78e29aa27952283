import { createInterface } from 'node:readline/promises';
import { UsageError } from '../exit-code.js';
import { quoted } from '../../wire/quoted.js';
import type { Session } from '../session.js';

/** What has to be said before something is done. */
export interface Question {
  readonly text: string;
  /** What is to be typed; it says what is at stake. */
  readonly answer: string;
}

/**
 * Asks whoever sits at the terminal, unless `--yes` has been given.
 * @returns whether it is to be done
 * @throws UsageError off a terminal, with the command that needs no question
 */
export async function confirmed({ out, signal }: Session, isSure: boolean, question: Question): Promise<boolean> {
  if (isSure) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY || out.isJson) {
    throw new UsageError(`nothing was done: it has to be confirmed. Do it with: ${commandWithYes()}`);
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await lines.question(`${question.text} Type ${question.answer} to go on: `, { signal });
    return answer.trim() === question.answer;
  } finally {
    lines.close();
  }
}

/** The command as it was written. */
export function commandWithYes(args: readonly string[] = process.argv.slice(2)): string {
  const rest = args.filter((arg) => arg !== '--dry-run');
  return ['nestjs-redis-streams', ...rest.map(quoted), '--yes'].join(' ');
}
