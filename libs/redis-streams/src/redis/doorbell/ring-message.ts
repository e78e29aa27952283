import type { Ring } from '../../model/ports/tasks/doorbell.js';
import type { Keys } from '../keys.js';

/** Kind, id, group (URI-encoded), and the stream's key, which may hold spaces: as `lua/fragments/rings` writes them. */
const MESSAGE = /^(cancel|news) (\d+-\d+) (\S+) ([^]+)$/;

/** @returns undefined for what is no ring, or not of our streams: anybody may publish to a channel */
export function ringOf(message: string, keys: Keys): Ring | undefined {
  const [, kind, id, group, streamKey] = MESSAGE.exec(message) ?? [];
  if (streamKey === undefined || !streamKey.startsWith(keys.stream(''))) return undefined;
  try {
    return { kind: kind as Ring['kind'], stream: keys.nameOf(streamKey), group: decodeURIComponent(group!), id: id! };
  } catch {
    return undefined;
  }
}
