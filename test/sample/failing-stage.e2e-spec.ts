import { expect, it } from 'vitest';
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
