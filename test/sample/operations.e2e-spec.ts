import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startSample } from './sample-app.js';

it('tells its health', async () => {
  const sample = await startSample();
  // Degraded, which is 200 too, until each loop's first read has ended.
  const body = await eventually(async () => {
    const health = await sample.get('/health');
    expect(health.status).toBe(200);
    return health.body.status === 'ok' && health.body;
  });
  expect(body.details['redis-streams'].consumers).toHaveLength(5);
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
    'ai:inference:queue',
  ]);
  expect(queues[0]).toMatchObject({
    entries: 1,
    deadLetters: 0,
    groups: [{ group: 'workers', backlog: { count: 0 } }],
  });
});

it('serves its page with a policy that runs nothing foreign', async () => {
  const sample = await startSample();
  const { status, headers, body } = await sample.get('/');
  expect(status).toBe(200);
  expect(body).toContain('<title>Document pipeline</title>');
  expect(headers.get('content-security-policy')).toContain("default-src 'self'");
  expect(headers.get('x-powered-by')).toBeNull();
  for (const asset of ['/page.css', '/page.js', '/icon.svg']) expect((await sample.get(asset)).status).toBe(200);
});
