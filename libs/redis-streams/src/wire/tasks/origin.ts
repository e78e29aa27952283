import { RESERVED_HEADERS, RESERVED_PREFIX } from '../header-contract.js';

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
  const hops = Number(reserved?.[RESERVED_HEADERS.hops]);
  return {
    from,
    root: asTask(reserved?.[RESERVED_HEADERS.corr]) ?? {
      ...itself,
      id: reserved?.[RESERVED_HEADERS.task] ?? itself.id,
    },
    hops: Number.isSafeInteger(hops) && hops > 0 ? hops : from ? 1 : 0,
  };
}

/** The headers that say so, names and values in turn. */
export function originFields(from: ForwardedBy, { root, hops }: Pick<Origin, 'root' | 'hops'>): string[] {
  const { id, stream, group, index } = from;
  return [
    ...[field('from'), `${id} ${index} ${encodeURIComponent(group)} ${encodeURIComponent(stream)}`],
    ...[field('corr'), `${root.id} ${encodeURIComponent(root.stream)}`],
    ...[field('hops'), String(hops)],
  ];
}

function field(name: 'from' | 'corr' | 'hops'): string {
  return RESERVED_PREFIX + RESERVED_HEADERS[name];
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
