import { describe, expect, it } from 'vitest';
import { type BufferReply, ReadReplies } from './read-reply.js';

function toBytes(text: string): Buffer {
  return Buffer.from(text);
}

function replyOf(...entries: [id: string, fields: string[]][]): BufferReply {
  return [[toBytes('a-stream'), entries.map(([id, fields]) => [toBytes(id), fields.map(toBytes)])]];
}

describe('ReadReplies', () => {
  it('reads entries whose fields have the same names as those before, other ones, more and fewer', () => {
    const replies = new ReadReplies();
    const entries: [string, string[]][] = [
      ['1-0', ['prompt', 'a', 'model', 'b']],
      ['1-1', ['prompt', 'c', 'model', 'd']],
      ['1-2', ['prompt', 'e', 'medal', 'f', 'user', 'g']],
      ['1-3', ['model', 'h']],
      ['1-4', ['prompt', 'i', 'model', 'j', 'user', 'k']],
    ];
    const read = () => replies.entriesOf(replyOf(...entries));
    const expected = entries.map(([id, fields]) => ({ id, fields }));
    expect(read()).toEqual(expected);
    expect(read()).toEqual(expected);
  });

  it('reads text in any script, empty names and values, and names of any number and length', () => {
    const replies = new ReadReplies();
    const long = 'n'.repeat(1_000);
    const many = Array.from({ length: 500 }, (_, n) => [`name-${n}`, `${n}`]).flat();
    const entries: [string, string[]][] = [
      ['1-0', ['ключ', 'значение', '鍵', '🔑', '', '']],
      ['1-1', [long, long]],
      ['1-2', many],
    ];
    for (let round = 0; round < 2; round++) {
      expect(replies.entriesOf(replyOf(...entries))).toEqual(entries.map(([id, fields]) => ({ id, fields })));
    }
  });

  it('knows a name by what it was, not by the bytes it came in', () => {
    const replies = new ReadReplies();
    const reply = replyOf(['1-0', ['prompt', 'a']]);
    const name = reply![0]![1][0]![1][0]!;
    replies.entriesOf(reply);
    name.write('answer');
    expect(replies.entriesOf(replyOf(['1-1', ['answer', 'b']]))).toEqual([{ id: '1-1', fields: ['answer', 'b'] }]);
  });

  it('leaves nothing of a reply behind', () => {
    const reply = replyOf(['1-0', ['prompt', 'a']]);
    new ReadReplies().entriesOf(reply);
    expect(reply![0]![1]).toEqual([]);
  });

  it('reads no entries from an empty answer', () => {
    expect(new ReadReplies().entriesOf(null)).toEqual([]);
  });
});
