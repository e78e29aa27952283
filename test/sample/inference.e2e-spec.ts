import { expect, it } from 'vitest';
import { redisCli } from '../support/redis-cli.js';
import { eventually } from '../support/eventually.js';
import { startSample, uniquePrefix } from './sample-app.js';

it('answers a prompt from the queue, and does not pretend to be a model', async () => {
  const sample = await startSample();

  const { status, headers, body } = await sample.post('/inference', {
    prompt: 'Why are queues good?',
    user_id: '12345',
  });

  expect(status).toBe(202);
  expect(body).toEqual({
    id: expect.stringMatching(/^\d+-\d+$/),
    status: 'queued',
    links: { self: `/inference/${body.id}` },
  });
  expect(headers.get('location')).toBe(body.links.self);
  const task = await eventually(async () => {
    const reply = await sample.get(body.links.self);
    return reply.body.status === 'completed' && reply.body;
  });
  expect(task.result).toMatchObject({ model: 'local-extractive', note: expect.stringContaining('no answer') });
});

it('answers tasks that were added with plain XADD, by their entry ids', async () => {
  const prefix = uniquePrefix();
  const sample = await startSample({ STREAM_PREFIX: prefix });

  const id = await redisCli().xadd(
    `${prefix}ai:inference:queue`,
    '*',
    'prompt',
    'Why?',
    'model',
    'gpt-4',
    'user_id',
    '7',
  );

  await eventually(async () => (await sample.get(`/inference/${id}`)).body.status === 'completed');
});

it('puts a task without a prompt aside, and says so', async () => {
  const prefix = uniquePrefix();
  const sample = await startSample({ STREAM_PREFIX: prefix });

  const id = await redisCli().xadd(`${prefix}ai:inference:queue`, '*', 'question', 'Why?');

  await eventually(async () => (await sample.get(`/inference/${id}`)).body.status === 'failed');
});
