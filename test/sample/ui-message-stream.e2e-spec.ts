import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { modelEndpoint } from './model-endpoint.js';
import { startSample, workersAt } from './sample-app.js';
import { openChat } from './use-chat.js';

const delta = (content: string) => ({ choices: [{ delta: { content } }] });

it('useChat gets an answer, and one to the next message', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '1' });
  const { chat, transport } = openChat(sample);

  await chat.sendMessage({ text: 'Who is it?' });

  expect(chat.error).toBeUndefined();
  expect(chat.status).toBe('ready');
  expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  expect(chat.texts).toEqual([expect.stringMatching(/^You wrote: “Who is it\?” .*set OPENAI_BASE_URL\.$/)]);
  await chat.sendMessage({ text: 'And now?' });
  expect(chat.messages).toHaveLength(4);
  expect(chat.text).toContain('“And now?”');
  // Nothing is on its way.
  expect(await transport.reconnectToStream({ chatId: chat.id })).toBeNull();
});

it('a page that is reloaded in mid-stream gets the whole answer, once', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '40' });
  const { chat, reload } = openChat(sample);
  const sent = chat.sendMessage({ text: 'Who is it?' });
  await eventually(() => chat.text.length > 50);
  await chat.stop();
  await sent;

  const again = reload().chat;
  await again.resumeStream();
  // What a page that lost its connection and kept its state does.
  await chat.resumeStream();

  expect(again.texts).toEqual([expect.stringMatching(/^You wrote: .*set OPENAI_BASE_URL\.$/)]);
  expect(again.messages.at(-1)!.id).toMatch(/^\d+-\d+$/);
  const stranger = openChat(sample).chat;
  await stranger.resumeStream();
  expect(stranger.messages).toEqual([]);
});

it('a stop ends the answer with what there is of it', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '200' });
  const { chat, stop } = openChat(sample);
  const sent = chat.sendMessage({ text: 'Who is it?' });
  await eventually(() => chat.text.length > 20);

  expect(await stop()).toMatchObject({ outcome: 'requested' });
  await sent;

  expect(chat.status).toBe('ready');
  expect(chat.text.length).toBeLessThan(300);
  expect(await workersAt(sample)).toMatchObject([{ holds: 0 }]);
});

it('an endpoint that refuses is an error of the chat; one that streams is its answer', async () => {
  let isRefused = true;
  const { url, calls } = await modelEndpoint(() =>
    isRefused
      ? { status: 401, body: { error: { message: 'bad key' } } }
      : { chunks: [delta('Yes'), delta(', it is.')] },
  );
  const sample = await startSample({ OPENAI_BASE_URL: url, OPENAI_CHAT_MODEL: 'tiny' });
  const { chat } = openChat(sample);

  await chat.sendMessage({ text: 'Is it?' });
  expect(chat.status).toBe('error');
  expect(chat.error?.message).toContain('bad key');

  isRefused = false;
  await chat.sendMessage({ text: 'Is it now?' });
  expect(chat.text).toBe('Yes, it is.');
  expect(calls.at(-1)!.body).toMatchObject({ model: 'tiny', stream: true });
  expect(calls.at(-1)!.body.messages!.at(-1)).toEqual({ role: 'user', content: 'Is it now?' });
});

it('the stream is what the protocol says, to the letter', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '0' });
  const message = { id: 'm', role: 'user', parts: [{ type: 'text', text: 'Who?' }] };
  const { status, headers, body } = await sample.post('/api/chat', { id: 'c', messages: [message] });
  expect(status).toBe(200);
  expect(headers.get('content-type')).toContain('text/event-stream');
  expect(headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
  const data = [...(body as string).matchAll(/^data: (.*)$/gm)].map(([, line]) => line!);
  expect(data.at(-1)).toBe('[DONE]');
  const types = data.slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type);
  expect(types.filter((type) => type !== 'text-delta')).toEqual([
    ...['start', 'start-step', 'text-start', 'text-end', 'finish-step', 'finish'],
  ]);
  for (const bad of [{}, { id: 'c', messages: [] }, { id: 'a/b', messages: [message] }]) {
    expect.soft((await sample.post('/api/chat', bad)).status).toBe(400);
  }
  expect((await sample.get('/api/chat/c/stream')).status).toBe(204);
});
