import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { ownRedis } from '../support/own-redis.js';
import { startSample } from './sample-app.js';

const WITHIN_MS = 6_000;
const DOCUMENT = { title: 'Now', text: 'Is anybody there?' };

it('answers 503 while Redis is down, and goes on once it is back', async () => {
  const redis = await ownRedis();
  const sample = await startSample({ REDIS_URL: redis.url });
  const { body: before } = await sample.post('/documents', DOCUMENT);
  await sample.finished(before.id);
  await redis.kill();

  const startedAt = performance.now();
  const replies = await Promise.all([
    sample.post('/documents', DOCUMENT),
    sample.get(`/documents/${before.id}`),
    sample.get(`/documents/${before.id}/events`),
    sample.post('/inference', { prompt: 'Hello?' }),
    sample.get('/queues'),
  ]);

  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS);
  for (const { status, headers, body } of replies) {
    expect.soft(status).toBe(503);
    expect.soft(headers.get('retry-after')).toBe('5');
    expect.soft(body).toMatchObject({ statusCode: 503, message: expect.stringContaining('queue') });
  }
  const messages = replies.map(({ body }) => body.message as string);
  expect(messages.filter((message) => /nothing was accepted/.test(message))).toEqual([messages[0], messages[3]]);
  // No requests, please, and no restart.
  expect((await sample.get('/health/ready')).status).toBe(503);
  expect((await sample.get('/health/live')).status).toBe(200);
  await redis.restart();
  await eventually(async () => (await sample.get('/health/ready')).status === 200, 20_000);
  await eventually(async () => (await sample.get('/health')).status === 200, 20_000);
  const { status, body } = await sample.post('/documents', DOCUMENT);
  expect(status).toBe(202);
  expect((await sample.finished(body.id)).status).toBe('completed');
});

it('answers 503 in time when Redis has frozen', async () => {
  const redis = await ownRedis();
  const sample = await startSample({ REDIS_URL: redis.url });
  redis.freeze();

  const startedAt = performance.now();
  const replies = await Promise.all([
    sample.post('/documents', DOCUMENT),
    sample.post('/inference', { prompt: 'Hello?' }),
  ]);

  expect(performance.now() - startedAt).toBeLessThan(WITHIN_MS);
  expect(replies.map(({ status }) => status)).toEqual([503, 503]);
  redis.thaw();
});

it('keeps a follower through an outage', async () => {
  const redis = await ownRedis();
  const sample = await startSample({ REDIS_URL: redis.url, SLOW_MS: '1000' });
  const { body } = await sample.post('/documents', DOCUMENT);
  const response = await fetch(`${sample.url}/documents/${body.id}/events`);
  const events = response.text();

  await redis.kill();
  await redis.restart();

  expect(await events).toContain('"status":"completed"');
});
