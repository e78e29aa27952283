import { StreamTasks, type TaskEvent } from 'nestjs-redis-streams';
import { finalize, type Observable } from 'rxjs';
import { expect, it, vi } from 'vitest';
import type { DocumentState } from '../../apps/document-pipeline/src/documents/document-state.js';
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

it('watches no longer for a follower who has left', async () => {
  vi.stubEnv('REDIS_STREAMS_CONSUME', 'false');
  const sample = await startSample();
  vi.unstubAllEnvs();
  const id = await add(sample);
  const tasks = sample.app.get(StreamTasks);
  const watch = tasks.watch.bind(tasks) as (...asked: unknown[]) => Observable<TaskEvent>;
  let watches = 0;
  const counted = (...asked: unknown[]) => {
    watches++;
    return watch(...asked).pipe(finalize(() => watches--));
  };
  Object.assign(tasks, { watch: counted });
  const leaving = new AbortController();
  const response = await fetch(`${sample.url}/documents/${id}/events`, { signal: leaving.signal });
  const drained = response.text().catch(() => undefined);
  await eventually(() => watches === 1);

  leaving.abort();
  await drained;

  await eventually(() => watches === 0);
});
