import type { TaskInfo } from './task-info.js';

interface AtCursor {
  /** Where `watch` goes on with `{ from }`: after this event. Opaque, and of this task only. */
  readonly cursor: string;
}

/** The task is in another state than told before; the first event of a watch that begins at the beginning. */
export interface TaskStateEvent extends AtCursor {
  readonly type: 'state';
  readonly task: TaskInfo;
}

/** A run begins anew: what was shown of an earlier one is void. Comes before the first chunk of each run but the first. */
export interface TaskRestartEvent extends AtCursor {
  readonly type: 'restart';
  /** Grows with each run: milliseconds of Redis's clock at its start. */
  readonly run: number;
}

export interface TaskChunkEvent<Chunk> extends AtCursor {
  readonly type: 'chunk';
  readonly value: Chunk;
}

export interface TaskProgressEvent extends AtCursor {
  readonly type: 'progress';
  readonly value: unknown;
}

/** Chunks are missing here: the output went beyond `maxChunks` or `maxBytes` and the rest of this run's are not kept, or a failover lost some. */
export interface TaskGapEvent extends AtCursor {
  readonly type: 'gap';
}

/** The last event: how it ended. A watch completes after it. */
export interface TaskEndEvent extends AtCursor {
  readonly type: 'end';
  readonly task: TaskInfo;
}

/** What `StreamTasks.watch` tells, in order, each once. */
export type TaskEvent<Chunk = unknown> =
  TaskStateEvent | TaskRestartEvent | TaskChunkEvent<Chunk> | TaskProgressEvent | TaskGapEvent | TaskEndEvent;
