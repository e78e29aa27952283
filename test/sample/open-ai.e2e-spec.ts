import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { modelEndpoint } from './model-endpoint.js';
import { startSample } from './sample-app.js';

const chat = (content: string, model = 'tiny') => ({ model, choices: [{ message: { role: 'assistant', content } }] });

it('lets models summarise and embed, where an endpoint is named', async () => {
  const { url, calls } = await modelEndpoint(({ path }) => ({
    body: path.endsWith('/embeddings') ? { data: [{ embedding: [0.6, -0.8] }] } : chat('It is short.'),
  }));
  const sample = await startSample({ OPENAI_BASE_URL: url, OPENAI_CHAT_MODEL: 'tiny', OPENAI_EMBEDDING_MODEL: 'vec' });

  const { body } = await sample.post('/documents', { title: 'Short', text: 'One sentence. And another.' });

  expect((await sample.finished(body.id)).results).toMatchObject({
    summarize: { model: 'tiny', summary: 'It is short.' },
    embed: { model: 'vec', dimensions: 2, vector: [0.6, -0.8] },
  });
  expect(calls.map(({ path, body: { model } }) => [path, model])).toEqual([
    ['/v1/chat/completions', 'tiny'],
    ['/v1/embeddings', 'vec'],
  ]);
});

it('waits as long as a busy endpoint asks for, without using up its attempts', async () => {
  const { url, calls } = await modelEndpoint((_, nth) =>
    nth <= 6
      ? { status: 429, headers: { 'retry-after': '0' }, body: { error: { message: 'busy' } } }
      : { body: chat('Yes.') },
  );
  const sample = await startSample({ OPENAI_BASE_URL: url });

  const { body } = await sample.post('/inference', { prompt: 'Are you there?', model: 'mine' });

  const task = await eventually(async () => {
    const reply = await sample.get(`/inference/${body.id}`);
    return reply.body.status === 'completed' && reply.body;
  }, 20_000);
  expect(task).toMatchObject({ attempts: 1, result: { text: 'Yes.' } });
  expect(calls).toHaveLength(7);
  expect(calls[0]!.body.model).toBe('mine');
});

it('gives up at once where the endpoint refuses the key', async () => {
  const { url, calls } = await modelEndpoint(() => ({ status: 401, body: { error: { message: 'bad key' } } }));
  const sample = await startSample({ OPENAI_BASE_URL: url });

  const { body } = await sample.post('/documents', { title: 'Short', text: 'One sentence.' });

  const document = await sample.finished(body.id);
  expect(document).toMatchObject({ status: 'failed', stage: 'summarize' });
  expect(document.stages[2]).toMatchObject({ attempts: 1, error: expect.stringContaining('bad key') });
  expect(calls).toHaveLength(1);
});
