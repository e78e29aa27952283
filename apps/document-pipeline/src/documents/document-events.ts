import { Injectable, type MessageEvent, type OnModuleDestroy } from '@nestjs/common';
import { RedisUnavailableError, StreamTasks } from 'nestjs-redis-streams';
import {
  bufferTime,
  concat,
  concatMap,
  defer,
  distinctUntilChanged,
  EMPTY,
  exhaustMap,
  filter,
  from,
  map,
  merge,
  mergeMap,
  type Observable,
  of,
  retry,
  Subject,
  switchMap,
  takeUntil,
  takeWhile,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { withHeartbeats } from '../http/heartbeats.js';
import { streamOf } from '../streams.js';
import { type DocumentState, isOver } from './document-state.js';
import { Documents, type StageTaskRef } from './documents.js';

const POLL_MS = 300;
/** Changes that come so close to each other go out together. */
const GATHER_MS = 100;
/** How many documents a follower of all is told of at first. */
const RECENT = 20;

/** Follows documents, whichever process adds them and works on them, by watching their tasks. */
@Injectable()
export class DocumentEvents implements OnModuleDestroy {
  private readonly stopping = new Subject<void>();

  constructor(
    private readonly documents: Documents,
    private readonly tasks: StreamTasks,
  ) {}

  /** The document's state now and at each change, until it is completed or failed; a comment now and then keeps proxies awake. */
  follow(id: string): Observable<MessageEvent> {
    const events = this.states(id).pipe(map((state): MessageEvent => ({ type: 'state', data: state })));
    return withHeartbeats(events).pipe(takeUntil(this.stopping));
  }

  /** Lists of states, without end: first of the newest documents, then of all that change, new ones included. */
  followAll(): Observable<MessageEvent> {
    const lists = defer(() => this.documents.latest(RECENT)).pipe(
      throughOutages(),
      switchMap((ids) => concat(this.found(ids), this.changes(ids))),
    );
    const events = lists.pipe(map((list): MessageEvent => ({ type: 'documents', data: list })));
    return withHeartbeats(events).pipe(takeUntil(this.stopping));
  }

  /** Open streams would keep the HTTP server from closing. */
  onModuleDestroy(): void {
    this.stopping.next();
  }

  private states(id: string): Observable<DocumentState> {
    return this.events({ stage: 'extract', taskId: id }).pipe(
      concatMap(() => defer(() => this.documents.find(id)).pipe(throughOutages())),
      takeWhile((state) => state !== undefined),
      // A state read twice is sent once.
      distinctUntilChanged((a, b) => JSON.stringify(a) === JSON.stringify(b)),
      takeWhile((state) => !isOver(state), true),
    );
  }

  /** Tells that something has changed: in the task of one stage, then in the next one's. */
  private events({ stage, taskId }: StageTaskRef): Observable<unknown> {
    return this.tasks.watch(streamOf(stage), taskId).pipe(
      concatMap((event) => {
        const isDone = event.type === 'end' && event.task.state === 'completed';
        return isDone ? concat(of(event), this.eventsAfter({ stage, taskId })) : of(event);
      }),
    );
  }

  private eventsAfter(done: StageTaskRef): Observable<unknown> {
    return defer(() => this.documents.next(done)).pipe(
      throughOutages(),
      concatMap((next) => (next ? this.events(next) : EMPTY)),
    );
  }

  private found(ids: readonly string[]): Observable<DocumentState[]> {
    return defer(() => Promise.all(ids.map((id) => this.documents.find(id)))).pipe(
      throughOutages(),
      map((states) => states.filter((state) => state !== undefined)),
    );
  }

  private changes(known: readonly string[]): Observable<DocumentState[]> {
    return merge(from(known), this.added(known.at(-1) ?? '0-0')).pipe(
      mergeMap((id) => this.states(id)),
      bufferTime(GATHER_MS),
      filter((list) => list.length > 0),
    );
  }

  /** The ids of documents, as they are added. */
  private added(last: string): Observable<string> {
    return timer(0, POLL_MS).pipe(
      exhaustMap(() => defer(() => this.documents.addedAfter(last)).pipe(throughOutages())),
      concatMap((ids) => from(ids)),
      tap((id) => (last = id)),
    );
  }
}

/** A follower waits until Redis is back. */
function throughOutages<T>() {
  return retry<T>({ delay: untilNextTry });
}

function untilNextTry(error: unknown): Observable<unknown> {
  return error instanceof RedisUnavailableError ? timer(POLL_MS) : throwError(() => error);
}
