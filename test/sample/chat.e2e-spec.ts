import { expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { type EventStream, followEvents, textOf } from './event-stream.js';
import { type SampleApp, startSample, workersAt } from './sample-app.js';

interface Asked {
  readonly id: string;
  readonly path: string;
  readonly cookie: string;
  follow(lastEventId?: string): Promise<EventStream>;
  find(): Promise<{ state: string; answer?: string }>;
  stop(cookie?: string): Promise<{ status: number; outcome?: string }>;
}

async function ask(sample: SampleApp): Promise<Asked> {
  const { status, headers, body } = await sample.post('/chat', { messages: [{ role: 'user', content: 'Who is it?' }] });
  const [cookie] = headers.getSetCookie()[0]!.split(';') as [string];
  const path = `${sample.url}/chat/${body.id}`;
  expect(status).toBe(202);
  expect(headers.get('location')).toBe(`/chat/${body.id}`);
  return {
    ...{ id: body.id, path, cookie },
    follow: (last) => followEvents(`${path}/stream`, { cookie, ...(last && { 'last-event-id': last }) }),
    find: async () => (await fetch(path, { headers: { cookie } })).json() as ReturnType<Asked['find']>,
    stop: async (own = cookie) => {
      const response = await fetch(path, { method: 'DELETE', headers: { cookie: own } });
      return { status: response.status, ...((await response.json()) as object) };
    },
  };
}

it('an answer comes word by word, and goes on where it was for a client that reconnects', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '25' });
  const asked = await ask(sample);
  const first = await asked.follow();
  await eventually(() => first.text().length > 100);
  first.leave();
  await first.ended;

  const second = await asked.follow(first.events.at(-1)!.cursor);
  await second.ended;

  const { state, answer } = await asked.find();
  expect(state).toBe('completed');
  expect(answer).toMatch(/^You wrote: “Who is it\?” No language model is configured/);
  expect(textOf([...first.events, ...second.events])).toBe(answer);
  expect(second.text().length).toBeLessThan(answer!.length);
  const after = await asked.follow(second.events.at(-1)!.cursor);
  expect(after.status).toBe(204);
  const late = await asked.follow();
  await late.ended;
  expect(late.text()).toBe(answer);
});

it('a stopped answer ends at once, and its worker has nothing left to do', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '10000' });
  const asked = await ask(sample);
  const followed = await asked.follow();
  await eventually(() => followed.events.some((event) => event.type === 'state' && event.task.state === 'running'));

  const stoppedAt = performance.now();
  expect(await asked.stop()).toMatchObject({ status: 200, outcome: 'requested' });
  await followed.ended;

  expect(performance.now() - stoppedAt).toBeLessThan(5_000);
  expect(followed.events.at(-1)).toMatchObject({ type: 'end', task: { state: 'cancelled' } });
  expect(await workersAt(sample)).toMatchObject([{ holds: 0 }]);
  expect((await sample.get('/queues')).body.queues.at(-1)).toMatchObject({ stream: 'ai:chat', deadLetters: 0 });
});

it('nobody else is told of an answer, or may stop it, though its id can be guessed', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '20' });
  const [mine, theirs] = [await ask(sample), await ask(sample)];
  const forged = `${mine.cookie.split('.')[0]}.${theirs.cookie.split('.')[1]}`;

  for (const cookie of ['', theirs.cookie, forged, 'caller=', mine.cookie.split('.')[0]!]) {
    expect.soft((await fetch(mine.path, { headers: { cookie } })).status, cookie).toBe(404);
    expect.soft((await fetch(`${mine.path}/stream`, { headers: { cookie } })).status, cookie).toBe(404);
    expect.soft((await mine.stop(cookie)).status, cookie).toBe(404);
  }

  await eventually(async () => (await mine.find()).state === 'completed');
});

it('says what is wrong with a question, and with a cursor', async () => {
  const sample = await startSample({ CHAT_WORD_MS: '0' });
  const bad = [
    {},
    { messages: [] },
    { messages: [{ role: 'user', content: ' ' }] },
    { messages: [{ role: 'system' }] },
  ];
  for (const body of bad) expect.soft((await sample.post('/chat', body)).status, JSON.stringify(body)).toBe(400);
  const asked = await ask(sample);
  expect((await asked.follow('7')).status).toBe(400);
});
