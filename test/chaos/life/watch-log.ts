import type { TaskEvent } from 'nestjs-redis-streams';
import type { Answer } from '../messages.js';
import type { WatchOutcome } from './wait.js';

/** What a handler of a chat writes: which run wrote it, and the how manieth it is. */
export function chunkText(run: string, at: number): string {
  return `${run}:${at} `;
}

/** What one watcher is told of a task, resumed or not: each chunk of a run once and in its order, a new run only after a restart. */
export class WatchLog {
  private end: string | undefined;
  private answer: string | undefined;
  private problem: string | undefined;
  private text = '';
  private run: string | undefined;
  private next = 0;
  private restarts = 0;
  /** How often it went on from a cursor. */
  resumed = 0;

  get hasEnded(): boolean {
    return this.end !== undefined;
  }

  see(event: TaskEvent): void {
    if (this.hasEnded) return this.complain(`${event.type} after the end`);
    switch (event.type) {
      case 'chunk':
        return this.seeChunk(String(event.value));
      case 'restart':
        this.restarts++;
        this.text = '';
        this.run = undefined;
        this.next = 0;
        return;
      case 'gap':
        return this.complain('a gap');
      case 'end': {
        this.end = event.task.state;
        if (event.task.state === 'completed') this.answer = (event.task.result as Answer | undefined)?.text;
        return;
      }
      case 'state':
      case 'progress':
        return;
    }
  }

  complain(problem: string): void {
    this.problem ??= problem;
  }

  get outcome(): WatchOutcome {
    const { end, text, answer, restarts, resumed, problem } = this;
    return { kind: 'watched', end, text, answer, restarts, resumed, problem };
  }

  private seeChunk(chunk: string): void {
    this.run ??= chunk.slice(0, chunk.lastIndexOf(':'));
    const expected = chunkText(this.run, this.next++);
    if (chunk !== expected) this.complain(`'${chunk}' instead of '${expected}'`);
    this.text += chunk;
  }
}
