import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import {
  catchError,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  filter,
  from,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  of,
  share,
  Subject,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs';
import type { DocumentState } from '../store/document-state.js';
import { DocumentStore } from '../store/document-store.js';

const POLL_MS = 300;
const HEARTBEAT_MS = 15_000;

/** Follows documents, whichever process works on them. A follower costs one small read every 300 ms, and nothing once it has left. */
@Injectable()
export class DocumentEvents implements OnModuleDestroy {
  private readonly stopping = new Subject<void>();

  constructor(private readonly store: DocumentStore) {}

  /** The document's state now and at each change, until it is completed or failed; a comment now and then keeps proxies awake. */
  follow(document: DocumentState): Observable<MessageEvent> {
    const states = concat(of(document), this.changes(document.id)).pipe(
      // A state read twice is sent once.
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
      takeWhile(({ status }) => status !== 'completed' && status !== 'failed', true),
      share(),
    );
    const heartbeats = interval(HEARTBEAT_MS).pipe(
      map((): MessageEvent => ({ comment: 'still here' })),
      takeUntil(states.pipe(ignoreElements(), endsAsValue())),
    );
    const events = states.pipe(map((state): MessageEvent => ({ type: 'state', data: state })));
    return merge(events, heartbeats).pipe(takeUntil(this.stopping));
  }

  /** Open streams would keep the HTTP server from closing. */
  onModuleDestroy(): void {
    this.stopping.next();
  }

  private changes(id: string): Observable<DocumentState> {
    return timer(0, POLL_MS).pipe(
      exhaustMap(() => whileRedisIsAway(() => this.store.revision(id))),
      takeWhile((revision) => revision !== undefined),
      distinctUntilChanged(),
      concatMap(() => whileRedisIsAway(() => this.store.find(id))),
      filter((state) => state !== undefined),
    );
  }
}

/** A follower waits through an outage: the next poll asks again. */
function whileRedisIsAway<T>(read: () => Promise<T>): Observable<T> {
  return defer(() => from(read())).pipe(catchError(() => EMPTY));
}

/** `takeUntil` waits for a value, not for an end. */
function endsAsValue<T>(): (source: Observable<T>) => Observable<unknown> {
  return (source) => concat(source, of(undefined));
}
