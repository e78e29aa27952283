import { expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { followEvents } from './event-stream.js';
import { startSample, uniquePrefix } from './sample-app.js';
import { startSampleWorker } from './sample-worker.js';
import { openChat } from './use-chat.js';

const WHOLE = /^You wrote: .*set OPENAI_BASE_URL\.$/;

it(
  'answers whose worker is killed start over, and say so to the page and to useChat',
  { timeout: 90_000 },
  async () => {
    const environment = { STREAM_PREFIX: uniquePrefix(), CHAT_WORD_MS: '500', REDIS_URL: process.env.REDIS_URL! };
    vi.stubEnv('REDIS_STREAMS_CONSUME', 'false');
    const api = await startSample(environment);
    vi.unstubAllEnvs();
    const worker = await startSampleWorker(api, environment);
    const { body, headers } = await api.post('/chat', { messages: [{ role: 'user', content: 'Who is it?' }] });
    const followed = await followEvents(api.url + body.links.stream, {
      cookie: headers.getSetCookie()[0]!.split(';')[0]!,
    });
    const { chat, reload } = openChat(api);
    const answered = chat.sendMessage({ text: 'Who is it?' });
    await eventually(() => chat.text.length > 0, 20_000);
    // A client that knows no reset-step would fail with it.
    const older = reload({ 'x-reset-step': 'no' }).chat;
    const alsoAnswered = older.resumeStream();
    await eventually(() => followed.text().length > 0 && older.text.length > 0, 20_000);

    await worker.kill();
    await startSample({ ...environment, CHAT_WORD_MS: '2' });

    await eventually(() => followed.events.some(({ type }) => type === 'restart'), 20_000);
    await Promise.all([followed.ended, answered, alsoAnswered]);
    expect(followed.text()).toMatch(WHOLE);
    expect(followed.events.at(-1)).toMatchObject({
      type: 'end',
      task: { state: 'completed', result: followed.text() },
    });
    expect([chat.error, older.error]).toEqual([undefined, undefined]);
    expect(chat.texts).toEqual([expect.stringMatching(WHOLE)]);
    // The half answer stays, and the whole one comes below it.
    const [half, whole] = older.texts;
    expect(whole).toBe(chat.text);
    expect(half!.length).toBeLessThan(whole!.length);
  },
);
