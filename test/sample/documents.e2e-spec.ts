import { StreamProducer } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startSample, upload } from './sample-app.js';

const TEXT = [
  'A consumer group hands each task to one worker. The consumer group remembers the task until it is done.',
  'When a worker dies, the consumer group still knows the task. Another worker takes it over.',
].join('\n\n');

it('accepts a document at once, and takes it through all four stages', async () => {
  const sample = await startSample();

  const accepted = await sample.post('/documents', { title: 'Groups', text: TEXT });

  const { id } = accepted.body;
  expect(accepted).toMatchObject({
    status: 202,
    body: { status: 'queued', links: { self: `/documents/${id}`, events: `/documents/${id}/events` } },
  });
  expect(accepted.headers.get('location')).toBe(`/documents/${id}`);
  const document = await sample.finished(id);
  expect(document).toMatchObject({ id, title: 'Groups', status: 'completed', stage: null });
  expect(document.stages[0]?.taskId).toBe(document.id);
  expect(document.stages.map(({ name, status, attempts }) => [name, status, attempts])).toEqual(
    ['extract', 'analyze', 'summarize', 'embed'].map((name) => [name, 'completed', 1]),
  );
  const { extract, analyze, summarize, embed } = document.results;
  expect(extract).toMatchObject({ language: { code: 'en', name: 'English' }, sentences: 4, paragraphs: 2, words: 35 });
  expect(analyze?.keywords[0]?.term).toBe('consumer group');
  expect(summarize?.model).toBe('local-extractive');
  expect(TEXT).toContain(summarize!.summary.split('. ')[0]);
  expect(embed).toMatchObject({ model: 'local-hashing', dimensions: 256 });
  expect(Math.hypot(...embed!.vector)).toBeCloseTo(1, 4);
});

it('takes a text file, named after itself', async () => {
  const sample = await startSample();

  const { status, body } = await sample.post(
    '/documents',
    upload('Grüße.txt', 'Grüße aus Köln. Der Zug kommt bald an.'),
  );

  expect(status).toBe(202);
  expect(await sample.finished(body.id)).toMatchObject({
    title: 'Grüße.txt',
    status: 'completed',
    results: { extract: { language: { code: 'de' } } },
  });
});

it('is not harmed by a stage that is passed on to again, as after a crash', async () => {
  const sample = await startSample();
  const { body } = await sample.post('/documents', { title: 'Twice', text: TEXT });
  const document = await sample.finished(body.id);

  const producer = sample.app.get(StreamProducer);
  await producer.add('documents:analyze', { documentId: body.id });
  await producer.add('documents:summarize', { documentId: body.id });

  await eventually(async () => {
    const { queues } = (await sample.get('/queues')).body;
    return queues.every(
      (queue: { groups: { pending: number; backlog: { count: number } }[] }) =>
        queue.groups[0]?.pending === 0 && queue.groups[0].backlog.count === 0,
    );
  });
  expect((await sample.get(`/documents/${body.id}`)).body).toEqual(document);
});

it('gets through a text of a megabyte', async () => {
  const sample = await startSample();
  const text = Array.from(
    { length: 9_000 },
    (_, n) => `Sentence ${n} tells of topic${n % 89} and of the tasks in queue${n % 7}, at some length.`,
  ).join(' ');

  const { status, body } = await sample.post('/documents', upload('long.txt', text));

  expect(status).toBe(202);
  expect(await sample.finished(body.id)).toMatchObject({
    status: 'completed',
    results: { extract: { sentences: 9_000 } },
  });
});

it('is one document when it is posted twice with the same Idempotency-Key, and refuses another with that key', async () => {
  const sample = await startSample();
  const post = (document: object, key: string) =>
    fetch(`${sample.url}/documents`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(document),
    });
  const document = { title: 'Groups', text: TEXT };

  const [first, second] = await Promise.all([post(document, 'once'), post(document, 'once')]);
  expect([first.status, second.status]).toEqual([202, 202]);
  const { id } = (await first.json()) as { id: string };
  expect(await second.json()).toMatchObject({ id });
  expect(await sample.finished(id)).toMatchObject({ status: 'completed' });
  expect((await post({ ...document, title: 'Others' }, 'once')).status).toBe(409);
  expect((await post(document, 'x'.repeat(600))).status).toBe(400);
});
