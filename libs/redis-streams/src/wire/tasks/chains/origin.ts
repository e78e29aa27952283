import type { ForwardSource } from '../../../model/forward.js';
import { RESERVED_HEADERS, RESERVED_PREFIX } from '../../header-contract.js';

/** A task of a stream. */
export interface TaskOfStream {
  readonly stream: string;
  readonly id: string;
}

/** Who has forwarded a task: the entry of a task in one group, and as which of its forwards, from 0 on. */
export interface ForwardedBy extends TaskOfStream {
  readonly group: string;
  readonly index: number;
}

/** Where a task comes from. */
export interface Origin {
  /** undefined where it was added, and not forwarded. */
  readonly from: ForwardedBy | undefined;
  /** What its chain began with: itself, where it was added. */
  readonly root: TaskOfStream;
  /** How many tasks are before it. */
  readonly hops: number;
}

/**
 * Where a task comes from, by its reserved headers; what cannot be read says nothing.
 * @param itself the task
 */
export function originOf(itself: TaskOfStream, reserved: Readonly<Record<string, string>> | undefined): Origin {
  const from = asForwardedBy(reserved?.[RESERVED_HEADERS.from]);
  return {
    from,
    root: asTask(reserved?.[RESERVED_HEADERS.corr]) ?? {
      ...itself,
      id: reserved?.[RESERVED_HEADERS.task] ?? itself.id,
    },
    hops: hopsOf(reserved),
  };
}

/** How many tasks are before one in its chain. */
export function hopsOf(reserved: Readonly<Record<string, string>> | undefined): number {
  const hops = Number(reserved?.[RESERVED_HEADERS.hops]);
  if (Number.isSafeInteger(hops) && hops > 0) return hops;
  return reserved?.[RESERVED_HEADERS.from] === undefined ? 0 : 1;
}

const FROM = RESERVED_PREFIX + RESERVED_HEADERS.from;
const CORR = RESERVED_PREFIX + RESERVED_HEADERS.corr;
const HOPS = RESERVED_PREFIX + RESERVED_HEADERS.hops;

/** The headers of what a task forwards as so manieth, names and values in turn. What its chain began with goes on as it came. */
export function originFields({ stream, group, entryId, taskId, reserved }: ForwardSource, index: number): string[] {
  const here = encodeURIComponent(stream);
  return [
    ...[FROM, `${entryId} ${index} ${encodeURIComponent(group)} ${here}`],
    ...[CORR, reserved?.[RESERVED_HEADERS.corr] ?? `${taskId} ${here}`],
    ...[HOPS, String(hopsOf(reserved) + 1)],
  ];
}

function asForwardedBy(text = ''): ForwardedBy | undefined {
  const [id, index, group, stream] = decoded(text);
  if (!id || !stream || group === undefined || !/^\d{1,3}$/.test(index ?? '')) return undefined;
  return { id, index: Number(index), group, stream };
}

function asTask(text = ''): TaskOfStream | undefined {
  const [id, stream] = decoded(text);
  return id && stream ? { id, stream } : undefined;
}

function decoded(text: string): string[] {
  try {
    return text.split(' ').map(decodeURIComponent);
  } catch {
    return [];
  }
}
