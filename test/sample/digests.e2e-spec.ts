import { expect, it } from 'vitest';
import type { DigestsReply } from '../../apps/document-pipeline/src/digests/digests.controller.js';
import { eventually } from '../support/eventually.js';
import { startSample } from './sample-app.js';

it('sums up the last hour when asked, and at every full hour', async () => {
  const sample = await startSample();
  const digests = async () => (await sample.get('/digests')).body as DigestsReply;
  expect((await digests()).latest).toBeNull();
  expect(new Date((await digests()).nextAt!).getTime() % 3_600_000).toBe(0);
  const { body } = await sample.post('/documents', { title: 'One', text: 'Streams keep tasks. Workers do the tasks.' });
  await sample.finished(body.id);

  expect((await sample.post('/digests', {})).status).toBe(202);

  const latest = await eventually(async () => (await digests()).latest);
  expect(latest).toMatchObject({ documents: 1, completed: 1, failed: 0 });
  expect(latest.keywords).toContain('tasks');
});
