import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import type { TaskKey } from '../../model/ports/tasks/task-store.js';

/** Up to where a watcher has been told of a task. */
export interface Cursor {
  /** Id of the last entry of the output; `0-0` where there was none. */
  readonly position: string;
  /** The state that was told last, in short; empty where none was. `end` where the end was told. */
  readonly state: string;
  /** What progress was told last, where that has no place in the output; empty where none was. */
  readonly progress: string;
}

export const BEGINNING: Cursor = { position: '0-0', state: '', progress: '' };
/** The state of the last cursor. */
export const END = 'end';

/** Clients send it back: a position is a time and a count, and what is longer Redis would not read. */
const CURSOR = /^(\d+-\d+|t_[\w-]{16})\.(\d{1,16}-\d{1,16})\.(\w*)\.(\w*)$/;

export function writeCursor({ id }: TaskKey, { position, state, progress }: Cursor): string {
  return `${id}.${position}.${state}.${progress}`;
}

export function endCursor(task: TaskKey, position: string): string {
  return writeCursor(task, { position, state: END, progress: '' });
}

/**
 * @param call what the error's message begins with
 * @throws RedisStreamsConfigError for what is no cursor, or another task's
 */
export function readCursor(text: unknown, { id }: TaskKey, call: string): Cursor {
  const match = typeof text === 'string' ? CURSOR.exec(text) : null;
  if (!match) {
    const got = typeof text === 'string' ? JSON.stringify(text.slice(0, 100)) : String(text);
    throw new RedisStreamsConfigError(
      `${call}: from is the cursor of an event of this task, or left out for the beginning, got ${got}.`,
    );
  }
  const [, of, position, state, progress] = match as unknown as [string, string, string, string, string];
  if (of !== id) throw new RedisStreamsConfigError(`${call}: from is a cursor of the task ${of}, not of ${id}.`);
  return { position, state, progress };
}

/**
 * Whether a cursor, such as an EventSource's `Last-Event-ID`, is that of a task's end: nothing comes after it. An endpoint answers it with
 * the status 204, which stops EventSource from asking again. Never throws; false for what is no cursor.
 */
export function isTaskEnd(text: unknown): boolean {
  return typeof text === 'string' && CURSOR.exec(text)?.[3] === END;
}
