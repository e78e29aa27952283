import type { MessageEvent } from '@nestjs/common';
import { map, Observable } from 'rxjs';
import type { TaskEvent } from '../model/tasks/task-event.js';

/** Options of `taskEvents`. */
export interface TaskEventsOptions {
  /** How often a comment goes to a client that hears nothing else, so that no proxy takes the connection for dead, in milliseconds. Default 15,000. */
  heartbeatMs?: number;
}

const HEARTBEAT_MS = 15_000;

/**
 * What a watch tells, as events of Nest's `@Sse`: the event's type, its cursor as the id, and the rest of it as JSON. A client that
 * reconnects sends the last id as `Last-Event-ID`: hand it to `watch` as `from`. `end` is the last one. As EventSource would
 * reconnect for ever, answer a request whose last id is the end with 204; see docs/streaming.md.
 *
 * @example
 * @Sse('tasks/:id/events')
 * events(@Param('id') id: string, @Headers('last-event-id') from?: string) {
 *   return taskEvents(this.tasks.watch('ai:chat', id, { from }));
 * }
 */
export function taskEvents(
  watch: Observable<TaskEvent>,
  { heartbeatMs = HEARTBEAT_MS }: TaskEventsOptions = {},
): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    let id: string | undefined;
    // With the id of the event before, as Nest 11 would number what has none, and the client would ask from there.
    const beat = () => id !== undefined && subscriber.next({ id, comment: '' });
    const heartbeat = setInterval(beat, heartbeatMs).unref();
    subscriber.add(() => clearInterval(heartbeat));
    const told = map(({ type, cursor, ...data }: TaskEvent): MessageEvent => ({ type, id: (id = cursor), data }));
    subscriber.add(watch.pipe(told).subscribe(subscriber));
  });
}
