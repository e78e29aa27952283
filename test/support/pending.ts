import type { Redis } from 'ioredis';
import { eventually } from './eventually.js';

/** The number of pending entries of a group. */
export async function pendingCount(cli: Redis, stream: string, group = 'workers'): Promise<number> {
  const [count] = (await cli.xpending(stream, group)) as [number];
  return count;
}

/** Entries of a stream, with their fields as an object. */
export async function entriesOf(cli: Redis, stream: string): Promise<{ id: string; fields: Record<string, string> }[]> {
  const entries = await cli.xrange(stream, '-', '+');
  return entries.map(([id, flat]) => {
    const fields: Record<string, string> = {};
    for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
    return { id, fields };
  });
}

/** Waits until a stream has so many dead letters, and gives them. */
export async function deadLetters(cli: Redis, stream: string, count = 1) {
  return eventually(async () => {
    const entries = await entriesOf(cli, deadLetterKey(stream));
    return entries.length === count && entries;
  });
}

/** Where a stream's dead letters are. */
export function deadLetterKey(stream: string): string {
  return `{${stream}}:dead`;
}

/** Up to which entry a group has been given all. */
export async function lastDeliveredId(cli: Redis, stream: string, group = 'workers'): Promise<string | undefined> {
  const groups = (await cli.xinfo('GROUPS', stream)) as unknown[][];
  const fields = groups.find((flat) => flat[1] === group);
  return fields?.[fields.indexOf('last-delivered-id') + 1] as string | undefined;
}

/** Where the marks of a stream's groups are. */
export function marksKey(stream: string): string {
  return `{${stream}}:marks`;
}
