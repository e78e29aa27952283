import type { Ring } from '../../model/ports/tasks/doorbell.js';
import type { Keys } from '../keys.js';

const ID = String.raw`(?:\d+-\d+|t_[\w-]{16})`;
/** Kind, ids, group (URI-encoded), and the stream's key, which may hold spaces: as `lua/tasks/rings` writes them. */
const MESSAGE = new RegExp(String.raw`^(cancel|news|ended|due) (${ID}(?:,${ID})*) (\S+) ([^]+)$`);

/** @returns nothing for what is no ring, or not of our streams: anybody may publish to a channel */
export function ringsOf(message: string, keys: Keys): readonly Ring[] {
  const [, kind, ids, place, streamKey] = MESSAGE.exec(message) ?? [];
  if (streamKey === undefined || !streamKey.startsWith(keys.stream(''))) return [];
  const stream = keys.nameOf(streamKey);
  const group = decoded(place!);
  if (group === undefined) return [];
  return ids!.split(',').map((id) => ({ kind: kind as Ring['kind'], stream, group, id }));
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
