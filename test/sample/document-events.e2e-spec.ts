import { expect, it } from 'vitest';
import type { DocumentState } from '../../apps/document-pipeline/src/store/document-state.js';
import { DocumentStore } from '../../apps/document-pipeline/src/store/document-store.js';
import { eventually } from '../support/eventually.js';
import { type SampleApp, startSample } from './sample-app.js';

async function add(sample: SampleApp): Promise<string> {
  return (await sample.post('/documents', { title: 'Followed', text: 'Streams keep tasks. Workers do them.' })).body.id;
}

it('sends each change of a document, and ends with the last', async () => {
  const sample = await startSample({ SLOW_MS: '400' });
  const id = await add(sample);

  const response = await fetch(`${sample.url}/documents/${id}/events`);

  expect(response.headers.get('content-type')).toBe('text/event-stream');
  const events = (await response.text()).split('\n\n').filter((event) => event.includes('event: state'));
  const states = events.map((event): DocumentState => JSON.parse(/^data: (.*)$/m.exec(event)![1]!));
  expect(states.map(({ status }) => status).filter((status) => status === 'completed')).toHaveLength(1);
  expect(states.at(-1)).toEqual((await sample.get(`/documents/${id}`)).body);
  const stages = states.map(({ stage }) => stage);
  expect(stages).toEqual(expect.arrayContaining(['extract', 'analyze', 'summarize', 'embed', null]));
  expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(states.length);
});

it('sends the end of a document that has ended before', async () => {
  const sample = await startSample();
  const id = await add(sample);
  await sample.finished(id);
  const events = await (await fetch(`${sample.url}/documents/${id}/events`)).text();
  expect(events.match(/event: state/g)).toHaveLength(1);
});

it('asks Redis no longer for a follower who has left', async () => {
  const sample = await startSample({ SLOW_MS: '60000' });
  const id = await add(sample);
  const store = sample.app.get(DocumentStore, { strict: false });
  let reads = 0;
  const revision = store.revision.bind(store);
  store.revision = (...args) => {
    reads++;
    return revision(...args);
  };
  const leaving = new AbortController();
  const response = await fetch(`${sample.url}/documents/${id}/events`, { signal: leaving.signal });
  const drained = response.text().catch(() => undefined);
  await eventually(() => reads > 2);

  leaving.abort();
  await drained;

  await eventually(async () => {
    const before = reads;
    // Three polls long, during which nothing may be asked.
    const until = performance.now() + 1_000;
    await eventually(() => performance.now() > until);
    return reads === before;
  });
});
