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
  tap,
  timer,
} from 'rxjs';
import type { DocumentState } from '../store/document-state.js';
import { DocumentStore } from '../store/document-store.js';

const POLL_MS = 300;
const HEARTBEAT_MS = 15_000;
/** How many documents a follower of all is told of at first. */
const RECENT = 20;
/** How many changes at most come with one poll; the rest waits for the next one. */
const MAX_CHANGES = 50;

/**
 * Follows documents, whichever process adds them and works on them. A follower, of one or of all, costs one small read every
 * 300 ms, and nothing once it has left.
 */
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
    const beating = heartbeats().pipe(takeUntil(states.pipe(ignoreElements(), endsAsValue())));
    const events = states.pipe(map((state): MessageEvent => ({ type: 'state', data: state })));
    return merge(events, beating).pipe(takeUntil(this.stopping));
  }

  /** Lists of states, without end: first of the documents that changed last, then of all that change, new ones included. */
  followAll(): Observable<MessageEvent> {
    const lists = defer(() => {
      let position: number | undefined;
      let isFirst = true;
      return timer(0, POLL_MS).pipe(
        exhaustMap(() => whileRedisIsAway(() => this.store.changed(isFirst ? RECENT : MAX_CHANGES, position))),
        filter(({ documents }) => isFirst || documents.length > 0),
        tap((changed) => {
          isFirst = false;
          position = changed.position ?? 0;
        }),
        map(({ documents }): MessageEvent => ({ type: 'documents', data: documents })),
      );
    });
    return merge(lists, heartbeats()).pipe(takeUntil(this.stopping));
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

function heartbeats(): Observable<MessageEvent> {
  return interval(HEARTBEAT_MS).pipe(map(() => ({ comment: 'still here' })));
}

/** A follower waits through an outage: the next poll asks again. */
function whileRedisIsAway<T>(read: () => Promise<T>): Observable<T> {
  return defer(() => from(read())).pipe(catchError(() => EMPTY));
}

/** `takeUntil` waits for a value, not for an end. */
function endsAsValue<T>(): (source: Observable<T>) => Observable<unknown> {
  return (source) => concat(source, of(undefined));
}
