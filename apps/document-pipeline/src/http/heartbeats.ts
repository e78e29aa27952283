import type { MessageEvent } from '@nestjs/common';
import { Observable } from 'rxjs';

const EVERY_MS = 15_000;

/** Puts comments between events, so that proxies do not take a silent stream for dead. */
export function withHeartbeats(events: Observable<MessageEvent>): Observable<MessageEvent> {
  return new Observable((subscriber) => {
    const heartbeat = setInterval(() => subscriber.next({ comment: 'still here' }), EVERY_MS);
    subscriber.add(() => clearInterval(heartbeat));
    subscriber.add(events.subscribe(subscriber));
  });
}
