import { expect, it } from 'vitest';
import { EventRecord, pass, useFakeTime } from '../../../../test/support/engine.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';
import type { AroundTold } from './observers/around-told.js';
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

it('what is told of a delivery, to logs and to the app’s listeners, is told within what such a module puts around it', async () => {
  const told: string[] = [];
  let within = '';
  const aroundTold: AroundTold[] = [
    ({ entryId }, { stream }, tell) => {
      within = `${stream} ${entryId}`;
      tell();
      within = '';
    },
  ];
  const note = (what: string) => () => void told.push(`${what} in ${within || 'nothing'}`);
  const hooks = { completed: note('completed'), deliveryFailed: note('deliveryFailed') };
  const log = { debug: () => {}, log: () => {}, error: () => {}, warn: note('log') };
  const { broker, consumer, runs, on } = streamConsumer(hooks, log, { observers: [], aroundRuns: [], aroundTold });
  await consumer.start([on('orders')]);
  for (const id of ['1-0', '2-0', '3-0']) broker.stream('orders').add(['n', '1'], id);
  await pass();
  await runs.end('1-0');
  await runs.end('2-0');
  await runs.fail('3-0', new Error('no luck'));
  await pass(10);
  expect(told.toSorted()).toEqual([
    'completed in orders 1-0',
    'completed in orders 2-0',
    'deliveryFailed in orders 3-0',
    'log in orders 3-0',
  ]);
  void consumer.stop();
  await pass(60_000);
});
