import { expect, it } from 'vitest';
import { EventRecord, pass, useFakeTime } from '../../../../test/support/engine.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';
import type { AroundRun } from '../model/handler.js';

useFakeTime();

it('what optional modules put in observes the subscriptions, and stands around their runs, the first outermost', async () => {
  const told: string[] = [];
  const around =
    (name: string): AroundRun =>
    async ({ entryId }, run) => {
      told.push(`${name} before ${entryId}`);
      const result = await run();
      told.push(`${name} after`);
      return result;
    };
  const record = new EventRecord();
  const instruments = { observers: [record.observer], aroundRuns: [around('outer'), around('inner')] };
  const { broker, consumer, runs, on } = streamConsumer({}, undefined, instruments);
  await consumer.start([{ ...on('orders'), handlerName: 'Orders.handle' }]);
  broker.stream('orders').add(['n', '1'], '1-0');
  await pass();
  await runs.end('1-0', 'a result');
  await pass(10);
  expect(told).toEqual(['outer before 1-0', 'inner before 1-0', 'inner after', 'outer after']);
  expect(record.of('completed')).toMatchObject([{ leases: [{ entryId: '1-0', result: 'a result' }] }]);
  void consumer.stop();
  await pass(60_000);
});

it('an error that such a module raises is the outcome of the run', async () => {
  const record = new EventRecord();
  const aroundRuns: AroundRun[] = [() => Promise.reject(new Error('no context'))];
  const { broker, consumer, on } = streamConsumer({}, undefined, { observers: [record.observer], aroundRuns });
  await consumer.start([on('orders')]);
  broker.stream('orders').add(['n', '1'], '1-0');
  await pass(10);
  expect(record.of('retryScheduled')).toMatchObject([{ verdict: { error: { message: 'no context' } } }]);
  void consumer.stop();
  await pass(60_000);
});
