import { Observable } from 'rxjs';
import type { Doorbell } from '../../model/ports/tasks/doorbell.js';
import type { TaskKey, TaskStore } from '../../model/ports/tasks/task-store.js';
import type { TaskEvent } from '../../model/tasks/task-event.js';
import { keyOf } from '../task-key.js';
import { type Cursor, END } from './cursor.js';
import { TaskTail } from './task-tail.js';
import { Watcher } from './watcher.js';

/** Which tasks are watched in this process, each by one tail, however many watch it. */
export class TaskWatches {
  private readonly tails = new Map<string, TaskTail>();
  private readonly completions = new Set<() => void>();
  private endListening: (() => void) | undefined;
  private isClosed = false;

  constructor(
    private readonly store: Pick<TaskStore, 'output'>,
    private readonly doorbell: Doorbell,
  ) {}

  /** Cold: watches from its subscription on. */
  watch(task: TaskKey, from: Cursor): Observable<TaskEvent> {
    return new Observable((subscriber) => {
      if (this.isClosed || from.state === END) return subscriber.complete();
      const next = (event: TaskEvent) => {
        subscriber.next(event);
        if (event.type === 'end') subscriber.complete();
      };
      const watcher = new Watcher(task, from, { next, error: (reason) => subscriber.error(reason) });
      const complete = () => subscriber.complete();
      const tail = this.tailOf(task);
      this.completions.add(complete);
      tail.add(watcher);
      return () => {
        watcher.isOver = true;
        this.completions.delete(complete);
        tail.delete(watcher);
      };
    });
  }

  /** All watches complete, without an end. */
  close(): void {
    this.isClosed = true;
    this.endListening?.();
    for (const complete of [...this.completions]) complete();
  }

  private tailOf(task: TaskKey): TaskTail {
    const key = keyOf(task);
    let tail = this.tails.get(key);
    if (!tail) {
      this.listen();
      tail = new TaskTail(task, this.store, this.doorbell.address, () => this.tails.delete(key));
      this.tails.set(key, tail);
    }
    return tail;
  }

  private listen(): void {
    if (this.endListening) return;
    this.endListening = this.doorbell.listen({
      ring: ({ kind, ...task }) => {
        if (kind !== 'cancel') this.tails.get(keyOf(task))?.ring();
      },
      hears: () => {
        for (const tail of this.tails.values()) tail.ring();
      },
    });
    void this.doorbell.open();
  }
}
