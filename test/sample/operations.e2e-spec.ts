import { hostname } from 'node:os';
import { StreamProducer } from 'nestjs-redis-streams';
import { expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.js';
import { redisCli } from '../support/redis-cli.js';
import { startSample, uniquePrefix, workersAt } from './sample-app.js';

it('tells its health', async () => {
  const sample = await startSample();
  // Degraded, which is 200 too, until each loop's first read has ended.
  const body = await eventually(async () => {
    const health = await sample.get('/health');
    expect(health.status).toBe(200);
    return health.body.status === 'ok' && health.body;
  });
  expect(body.details['redis-streams'].consumers).toHaveLength(7);
});

it('counts what is in its queues', async () => {
  const sample = await startSample();
  const { body } = await sample.post('/documents', { title: 'One', text: 'One sentence.' });
  await sample.finished(body.id);

  const { queues } = (await sample.get('/queues')).body;

  expect(queues.map(({ stream }: { stream: string }) => stream)).toEqual([
    'documents:extract',
    'documents:analyze',
    'documents:summarize',
    'documents:embed',
    'documents:digest',
    'ai:inference:queue',
    'ai:chat',
  ]);
  expect(queues[0]).toMatchObject({
    entries: 1,
    deadLetters: 0,
    groups: [{ group: 'workers', backlog: { count: 0 } }],
  });
});

it('tells what was given up, and why', async () => {
  const sample = await startSample();
  const entryId = await sample.app.get(StreamProducer).add('documents:embed', { documentId: 'nonsense' });

  await eventually(async () => {
    const [letter] = (await sample.get('/dead-letters')).body.deadLetters;
    expect(letter).toMatchObject({ stream: 'documents:embed', entryId, reason: 'rejected-by-pipe' });
    expect(letter.error).toContain('documentId');
    return true;
  });
});

it('runs again what was given up, when asked: first it says what that would be', async () => {
  const sample = await startSample();
  const stream = 'documents:embed';
  const entryId = await sample.app.get(StreamProducer).add(stream, { documentId: 'nonsense' });
  const letterOf = async () => (await sample.get('/dead-letters')).body.deadLetters[0];
  const { letterId } = await eventually(letterOf);

  expect((await sample.post('/dead-letters/redrive/plan', { stream })).body).toMatchObject({ eligible: 1 });
  expect((await sample.post('/dead-letters/redrive', { stream, ids: [letterId] })).status).toBe(202);
  // It dies again, of what it is: under the same id, with a letter of its own.
  await eventually(async () => {
    const letter = await letterOf();
    return letter && letter.letterId !== letterId && expect(letter).toMatchObject({ entryId });
  });
  const all = (await sample.post('/dead-letters/redrive/plan', { stream })).body;
  expect(all).toMatchObject({ eligible: 0, notEligible: { 'redriven-before': 1 } });
  expect((await sample.post('/dead-letters/redrive', { stream: 'another' })).status).toBe(400);
});

it('pauses a queue, and lets it go on', async () => {
  const sample = await startSample();
  const stream = 'ai:inference:queue';
  const url = `/queues/${stream}`;
  expect((await sample.post(`${url}/pause`, { reason: 'a new model' })).body).toMatchObject({
    by: 'the page',
    reason: 'a new model',
  });
  const { body } = await sample.post('/inference', { prompt: 'What waits?' });
  await eventually(async () => (await sample.get(`${url}/backlog`)).body.waiting === 1);
  expect((await sample.get(`/inference/${body.id}`)).body.status).toBe('queued');
  const { queues } = (await sample.get('/queues')).body;
  expect(queues.find((queue: { stream: string }) => queue.stream === stream).groups).toMatchObject([
    { state: 'paused', why: expect.stringMatching(/^Paused by the page .*: a new model \(1 waiting/), running: 0 },
  ]);

  expect((await sample.post(`${url}/resume`, {})).body.ended).toMatchObject({ reason: 'a new model' });
  await eventually(async () => (await sample.get(`/inference/${body.id}`)).body.status === 'completed');
  expect((await sample.post('/queues/others/pause', {})).status).toBe(404);

  // Nothing is as good as {}; what is misspelt does not pass for it.
  expect((await fetch(`${sample.url}${url}/pause`, { method: 'POST' })).status).toBe(200);
  const misspelt = await sample.post(`${url}/pause`, { reson: 'a new model' });
  expect(misspelt).toMatchObject({ status: 400, body: { message: [expect.stringContaining('"reason"')] } });
  expect((await sample.post('/dead-letters/redrive', { stream, id: '1-1' })).status).toBe(400);
});

it('is scraped by Prometheus', async () => {
  const sample = await startSample();
  const { body } = await sample.post('/documents', { title: 'One', text: 'One sentence.' });
  await sample.finished(body.id);
  const settled = /^redis_streams_settled_total\{.*stream="documents:embed".*outcome="completed".*\} 1$/m;
  await eventually(async () => settled.test((await sample.get('/metrics')).body));
});

it('tells who runs tasks, who has vanished with some, and nobody once all have left', async () => {
  const STREAM_PREFIX = uniquePrefix();
  const sample = await startSample({ STREAM_PREFIX, SLOW_MS: '9000' });
  const me = `${hostname()}:${process.pid}`;
  const redis = redisCli();
  const workers = () => workersAt(sample);
  await eventually(async () => (await workers()).length === 1);
  expect(await workers()).toEqual([
    { name: me, holds: 0, slots: expect.any(Number), isAlive: true, silentMs: expect.any(Number) },
  ]);

  await sample.post('/documents', { title: 'One', text: 'One sentence.' });
  await eventually(async () => (await workers())[0]?.holds === 1);
  const [queue] = (await sample.get('/queues')).body.queues;
  expect(queue.groups).toMatchObject([{ group: 'workers', state: 'running', running: 1, liveWorkers: 1 }]);
  const stream = `${STREAM_PREFIX}documents:extract`;
  const [[entryId]] = (await redis.xpending(stream, 'workers', '-', '+', 1)) as [[string]];
  // As if another had been given it, and had been killed. Paused, nobody takes it over.
  await sample.post('/queues/documents:extract/pause', {});
  await redis.xclaim(stream, 'workers', 'gone:7:abcdef01@1000ms', '0', entryId, 'JUSTID');

  await eventually(async () => {
    const gone = (await workers()).find(({ name }) => name === 'gone:7');
    return gone && expect(gone).toMatchObject({ holds: 1, isAlive: false });
  });
  await sample.app.close();
  vi.stubEnv('REDIS_STREAMS_CONSUME', 'false');
  const left = await startSample({ STREAM_PREFIX });
  vi.unstubAllEnvs();
  expect((await workersAt(left)).filter(({ isAlive }) => isAlive)).toEqual([]);
});

it('serves its page with a policy that runs nothing foreign', async () => {
  const sample = await startSample();
  const { status, headers, body } = await sample.get('/');
  expect(status).toBe(200);
  expect(body).toContain('<title>Document pipeline</title>');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('x-powered-by')).toBeNull();
  for (const asset of ['/styles/base.css', '/page.js', '/icon.svg']) expect((await sample.get(asset)).status).toBe(200);
});
