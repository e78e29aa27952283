import { inspect } from 'node:util';
import { RedisStreamsConfigError } from '../model/errors/errors.js';

/** What a stream's own keys end in; `redis/keys.ts` builds them. */
export const KEY_SUFFIXES = {
  dead: ':dead',
  retry: ':retry',
  marks: ':marks',
  removed: ':marks:removed',
  cancels: ':cancels',
  delayed: ':delayed',
  owed: ':owed',
  next: ':next',
  lives: ':lives',
  replays: ':replays',
  pause: ':pause',
  schedules: ':schedules',
  workers: ':workers',
  operations: ':operations',
} as const;

const OWN_SUFFIXES = [KEY_SUFFIXES.dead, KEY_SUFFIXES.retry, KEY_SUFFIXES.marks];
/** How keys end that only a stream with a tag of its own could be named like. */
const TAGGED =
  /:(?:cancels|owed|next|pause|schedules|workers|lives|replays)$|:marks:removed$|:key:.|:delayed(?::tasks)?$|:(?:task|out|ears):(?:\d+-\d+|t_[\w-]{16})$|:from:.*:\d+-\d+:\d+$|:operations(?::active|:op_[\w-]{16}(?::copied)?)?$/;

const TAG = /\{([^{}]*)\}/;

/**
 * Checks a stream's name: 1 to 512 characters, with no brace or exactly one non-empty `{tag}` (so that all its keys
 * share a cluster slot), and none of the library's own suffixes.
 * @param where what the error's message begins with
 * @throws RedisStreamsConfigError that says which rule is broken
 */
export function assertStreamName(name: unknown, where = ''): asserts name is string {
  if (typeof name !== 'string' || name.length === 0 || name.length > 512 || !name.isWellFormed()) {
    const got = typeof name === 'string' ? `one of ${name.length} characters` : inspect(name, { depth: 1 });
    throw new RedisStreamsConfigError(`${where}A stream name is a string of 1 to 512 characters, got ${got}.`);
  }
  const braces = name.match(/[{}]/g)?.length ?? 0;
  if (braces !== 0 && !(braces === 2 && TAG.exec(name)?.[1])) {
    throw new RedisStreamsConfigError(
      `${where}The stream name '${name}' may hold no brace, or one non-empty tag such as 'ai:{tenant-7}:queue': ` +
        'Redis Cluster places keys by it. Take the other braces out.',
    );
  }
  if (/^\{[^}]*\}$/.test(name)) {
    throw new RedisStreamsConfigError(
      `${where}The stream name '${name}' is only a tag, and would share its keys with the stream '${name.slice(1, -1)}'. Add to it.`,
    );
  }
  const suffix =
    OWN_SUFFIXES.find((known) => name.endsWith(known)) ?? (braces > 0 ? TAGGED.exec(name)?.[0] : undefined);
  if (suffix === KEY_SUFFIXES.dead) {
    const stream = name.slice(0, -suffix.length).replace(/^\{([^}]*)\}$/, '$1');
    throw new RedisStreamsConfigError(
      `${where}The stream name '${name}' ends in '${suffix}', where the dead letters of '${stream}' are. Read those with ` +
        `StreamMonitor.deadLetters('${stream}'); for a stream of your own choose another name.`,
    );
  }
  if (suffix) {
    throw new RedisStreamsConfigError(
      `${where}The stream name '${name}' ends in '${suffix}', which this library uses for a stream's own keys. Choose another name.`,
    );
  }
}

/** Whether it can be the name of a stream: keys beside one are none. */
export function isStreamName(name: string): boolean {
  try {
    assertStreamName(name);
    return true;
  } catch {
    return false;
  }
}

/** The start of the keys that lie beside a stream in the same cluster slot. */
export function keyBeside(stream: string): string {
  return stream.includes('{') ? stream : `{${stream}}`;
}
