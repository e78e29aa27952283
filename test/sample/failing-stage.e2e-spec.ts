import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import type { DocumentState } from '../../apps/document-pipeline/src/documents/document-state.js';
import { eventually } from '../support/eventually.js';
import { startSample } from './sample-app.js';

it('tries a failing stage five times, then marks the document as failed', async () => {
  const sample = await startSample({ FAIL_RATE: '1' });
  const { body } = await sample.post('/documents', { title: 'Doomed', text: 'Nothing goes well.' });

  const document = await sample.finished(body.id);

  expect(document).toMatchObject({ status: 'failed', stage: 'extract', results: {} });
  expect(document.stages[0]).toMatchObject({
    status: 'failed',
    attempts: 5,
    error: expect.stringContaining('FAIL_RATE'),
  });
  expect(document.stages[1]).toEqual({ name: 'analyze', status: 'queued', attempts: 0 });
  const { queues } = (await sample.get('/queues')).body;
  expect(queues[0].deadLetters).toBe(1);
});

it('shows retries and dead letters with the setting that the README names', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const FAIL_RATE = /FAIL_RATE=(\S+) SLOW_MS=\d+ npm start/.exec(readme)![1]!;
  const sample = await startSample({ FAIL_RATE });
  const documents = Array.from({ length: 60 }, (_, n) => ({ title: `Number ${n}`, text: 'Some of it goes well.' }));

  const added = await Promise.all(documents.map((document) => sample.post('/documents', document)));

  await eventually(async () => {
    const states = await Promise.all(added.map(({ body }) => sample.get(`/documents/${body.id}`)));
    const stages = states.flatMap(({ body }) => (body as DocumentState).stages);
    const isRetried = stages.some(({ status, attempts }) => status === 'completed' && attempts > 1);
    return isRetried && stages.some(({ status, attempts }) => status === 'failed' && attempts === 5);
  }, 25_000);
});
