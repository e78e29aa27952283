import type { RawEntry } from '../../model/entry.js';

/** What XREADGROUP answers for one stream, not converted to text. */
export type BufferReply = [stream: Buffer, entries: [id: Buffer, fields: Buffer[]][]][] | null;

const MOST_KNOWN_NAMES = 64;
const LONGEST_KNOWN_NAME = 64;

/**
 * Turns the replies of one stream's reads into text. Entries of a stream tend to have the same fields: a name that stands
 * where it stood in the entry before is that string again: see "What V8 keeps" in docs/performance.md.
 */
export class ReadReplies {
  private readonly knownBytes: Buffer[] = [];
  private readonly knownNames: string[] = [];

  /** Leaves nothing of the reply behind. */
  entriesOf(reply: BufferReply): RawEntry[] {
    const read = reply?.[0]?.[1];
    if (!read) return [];
    const entries: RawEntry[] = [];
    for (const [id, fields] of read) entries.push({ id: id.toString(), fields: this.toTexts(fields) });
    // See "What V8 keeps" in docs/performance.md: the command, with all of its reply, stays for longer than one would think.
    read.length = 0;
    return entries;
  }

  /** In place: the array is nobody else's. */
  private toTexts(fields: (Buffer | string)[]): string[] {
    for (let i = 0; i < fields.length; i += 2) {
      fields[i] = this.nameOf(fields[i] as Buffer, i / 2);
      fields[i + 1] = fields[i + 1]!.toString();
    }
    return fields as string[];
  }

  private nameOf(bytes: Buffer, place: number): string {
    if (areEqual(bytes, this.knownBytes[place])) return this.knownNames[place]!;
    const name = bytes.toString();
    if (place < MOST_KNOWN_NAMES && bytes.length <= LONGEST_KNOWN_NAME) {
      // A copy: the bytes are a view of all that came with them.
      this.knownBytes[place] = Buffer.from(bytes);
      this.knownNames[place] = name;
    }
    return name;
  }
}

/** In JavaScript, as calling Buffer.equals costs more than comparing so few bytes. */
function areEqual(bytes: Buffer, known: Buffer | undefined): boolean {
  if (known?.length !== bytes.length) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== known[i]) return false;
  return true;
}
