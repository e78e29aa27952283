import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What a command left. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of stdout as JSON. */
  readonly lines: readonly Record<string, unknown>[];
}

export interface HowToRun {
  /** Beside those of this process; undefined takes one out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** A command that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
  /** So far. */
  output(): string;
}

/** @param folder where the library is installed. @returns what starts `npx nestjs-redis-streams …` there, as a process of its own */
export function commandLine(folder: string) {
  const main = join(folder, 'node_modules/nestjs-redis-streams/bin/nestjs-redis-streams.js');
  const start = (args: readonly string[], { env, input }: HowToRun = {}): Running => {
    const child = spawn(process.execPath, [main, ...args], { cwd: folder, env: { ...process.env, ...env } });
    onTestFinished(() => void child.kill('SIGKILL'));
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (data) => (texts.stdout += data));
    child.stderr.on('data', (data) => (texts.stderr += data));
    child.stdin.end(input ?? '');
    const ended = new Promise<Ran>((resolve) => {
      child.once('close', (code) => resolve({ code, ...texts, lines: jsonLines(texts.stdout) }));
    });
    return { process: child, ended, output: () => texts.stdout };
  };
  return { main, start, run: (args: readonly string[], how?: HowToRun) => start(args, how).ended };
}

/** Of text that is none, no lines. */
function jsonLines(text: string): Record<string, unknown>[] {
  try {
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  } catch {
    return [];
  }
}
