/** So many are remembered; what is forgotten only costs time. */
const MANY = 20_000;

/** Which entries tasks with own ids have become, as far as somebody here waits for them or watches them. */
export class KnownEntries {
  private readonly entryIds = new Map<string, string>();
  private readonly ownIds = new Map<string, string>();

  add(stream: string, ownId: string, entryId: string): void {
    const key = keyOf(stream, ownId);
    if (this.entryIds.has(key)) return;
    this.entryIds.set(key, entryId);
    this.ownIds.set(keyOf(stream, entryId), ownId);
    if (this.entryIds.size <= MANY) return;
    dropOldest(this.entryIds);
    dropOldest(this.ownIds);
  }

  entryOf(stream: string, ownId: string): string | undefined {
    return this.entryIds.get(keyOf(stream, ownId));
  }

  ownIdOf(stream: string, entryId: string): string | undefined {
    return this.ownIds.get(keyOf(stream, entryId));
  }
}

function keyOf(stream: string, id: string): string {
  return `${id} ${stream}`;
}

function dropOldest(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
