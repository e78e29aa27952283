import { expect, it, onTestFinished } from 'vitest';
import type { DocumentState } from '../../apps/document-pipeline/src/documents/document-state.js';
import { Documents } from '../../apps/document-pipeline/src/documents/documents.js';
import { eventually } from '../support/eventually.js';
import { ownRedis } from '../support/own-redis.js';
import { startSample, uniquePrefix } from './sample-app.js';

const DOCUMENT = { title: 'Followed', text: 'Streams keep tasks. Workers do them.' };

interface Follower {
  /** Each list of states, as it came. */
  readonly lists: readonly DocumentState[][];
  latest(id: string): DocumentState | undefined;
  leave(): void;
}

function followAll(url: string): Follower {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const lists: DocumentState[][] = [];
  void read(`${url}/documents/events`, leaving.signal, (list) => lists.push(list)).catch(() => undefined);
  return {
    lists,
    latest: (id) => lists.flat().findLast((document) => document.id === id),
    leave: () => leaving.abort(),
  };
}

async function read(url: string, signal: AbortSignal, onList: (list: DocumentState[]) => void): Promise<void> {
  const response = await fetch(url, { signal });
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const events = (text + chunk).split('\n\n');
    text = events.pop()!;
    for (const event of events) {
      if (event.includes('event: documents')) onList(JSON.parse(/^data: (.*)$/m.exec(event)![1]!) as DocumentState[]);
    }
  }
}

it('tells over one connection of all documents: first of those there are, then of each change, whoever added it', async () => {
  const STREAM_PREFIX = uniquePrefix();
  const [sample, elsewhere] = [await startSample({ STREAM_PREFIX }), await startSample({ STREAM_PREFIX })];
  const { body: before } = await sample.post('/documents', DOCUMENT);
  await sample.finished(before.id);

  const follower = followAll(sample.url);
  await eventually(() => follower.lists.length > 0);
  expect(follower.lists[0]).toEqual([(await sample.get(`/documents/${before.id}`)).body]);

  const added = await Promise.all(Array.from({ length: 12 }, () => elsewhere.post('/documents', DOCUMENT)));
  await eventually(() => added.every(({ body }) => follower.latest(body.id)?.status === 'completed'));
  for (const { body } of added) {
    expect(follower.latest(body.id)).toEqual((await sample.get(`/documents/${body.id}`)).body);
  }
});

it('begins with an empty list where there is no document, and with the twenty newest where there are more', async () => {
  const sample = await startSample();
  const early = followAll(sample.url);
  await eventually(() => early.lists.length > 0);
  expect(early.lists[0]).toEqual([]);

  for (let n = 0; n < 23; n++) await sample.post('/documents', DOCUMENT);
  const late = followAll(sample.url);
  await eventually(() => late.lists.length > 0);
  expect(late.lists[0]).toHaveLength(20);
});

it('asks Redis no longer for a follower of all who has left', async () => {
  const sample = await startSample();
  const documents = sample.app.get(Documents);
  let reads = 0;
  const addedAfter = documents.addedAfter.bind(documents);
  documents.addedAfter = (id) => {
    reads++;
    return addedAfter(id);
  };
  const follower = followAll(sample.url);
  await eventually(() => reads > 2);
  follower.leave();
  await eventually(async () => {
    const before = reads;
    // Three polls long, during which nothing may be asked.
    const until = performance.now() + 1_000;
    await eventually(() => performance.now() > until);
    return reads === before;
  });
});

it('goes on after an outage of Redis, also with a Redis that has forgotten everything', async () => {
  const redis = await ownRedis('--appendonly', 'no');
  const sample = await startSample({ REDIS_URL: redis.url });
  const follower = followAll(sample.url);
  const { body: first } = await sample.post('/documents', DOCUMENT);
  await eventually(() => follower.latest(first.id)?.status === 'completed');

  await redis.kill();
  await redis.restart();

  const second = await eventually(async () => {
    const reply = await sample.post('/documents', DOCUMENT);
    return reply.status === 202 && (reply.body as { id: string });
  }, 20_000);
  await eventually(() => follower.latest(second.id)?.status === 'completed', 20_000);
});
