import { expect, it } from 'vitest';
import { startSample, upload } from './sample-app.js';

it('says what is wrong with a request', async () => {
  const sample = await startSample();
  const bad: [path: string, body: unknown, reason: RegExp][] = [
    ['/documents', {}, /text is missing/],
    ['/documents', { text: 'A text.' }, /title is missing/],
    ['/documents', { title: 'T', text: ' \n ' }, /text: must not be blank/],
    ['/documents', { title: 7, text: 'A text.' }, /title: .*expected string/],
    ['/documents', '{"title":', /JSON/],
    ['/documents', [], /Send JSON/],
    ['/documents', upload('a.png', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2])), /'a.png' is no plain text/],
    ['/documents', upload('empty.txt', ''), /is empty/],
    ['/documents', upload('a.txt', 'A.', { text: 'B.' }), /not both/],
    ['/inference', {}, /prompt: /],
    ['/inference', { prompt: '  ' }, /prompt: must not be empty/],
  ];
  for (const [path, body, reason] of bad) {
    const reply = await sample.post(path, body);
    expect.soft(reply.status, String(reason)).toBe(400);
    expect.soft([reply.body.message].flat().join(), String(reason)).toMatch(reason);
  }
});

it('refuses what is larger than 1 MiB, as JSON and as a file, and names the limit', async () => {
  const sample = await startSample();
  const text = 'word '.repeat(220_000);
  for (const body of [{ title: 'Long', text }, upload('long.txt', text)]) {
    const reply = await sample.post('/documents', body);
    expect(reply).toMatchObject({ status: 413, body: { statusCode: 413, error: 'Payload Too Large' } });
    expect(reply.body.message).toContain('1 MiB (1,048,576 bytes)');
  }
});

it('does not know what it was never given', async () => {
  const sample = await startSample();
  const unknown = ['/documents/nonsense', '/documents/1-1', '/documents/1-1/events', '/inference/1-1', '/inference/x'];
  for (const path of unknown) {
    expect.soft((await sample.get(path)).status, path).toBe(404);
  }
});
