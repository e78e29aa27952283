import { expect, it } from 'vitest';
import { isSettled, pass, useFakeTime } from '../../../../test/support/engine.js';
import { deferred } from '../../../../test/support/deferred.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';

useFakeTime();

it('stops all subscriptions side by side, with one budget, once', async () => {
  const { broker, consumer, runs, on } = streamConsumer();
  await consumer.start([on('a'), on('b')]);
  for (const stream of ['a', 'b']) broker.stream(stream).add(['n', '1'], `${stream === 'a' ? 1 : 2}-0`);
  await pass();
  const stopped = consumer.stop();
  expect(consumer.stop()).toBe(stopped);
  await pass(10_499);
  expect(await isSettled(stopped)).toBe(false);
  await pass(2);
  expect(await isSettled(stopped)).toBe(true);
  expect(runs.ids).toHaveLength(2);
  expect(broker.calls('leave')).toHaveLength(2);
});

it('before a start: nothing is started any more', async () => {
  const { broker, consumer, on } = streamConsumer();
  await consumer.stop();
  await consumer.start([on('a')]);
  expect(broker.calls('answers')).toEqual([]);
});

it('while it waits for Redis: nothing is consumed when Redis is there', async () => {
  const { broker, consumer, on } = streamConsumer();
  broker.goDown();
  const started = consumer.start([on('a', { leaseThread: true })]);
  await pass(500);
  await consumer.stop();
  broker.comeUp();
  await started;
  await pass(10_000);
  expect(consumer.statuses()).toEqual([]);
  expect(broker.calls('ensure')).toEqual([]);
  expect(broker.threads).toEqual([]);
});

it('while groups are created: nothing is read afterwards, and the lease thread is stopped', async () => {
  const { broker, consumer, on } = streamConsumer();
  const release = broker.hold('ensure');
  const started = consumer.start([on('a', { leaseThread: true })]);
  await pass(500);
  const stopped = consumer.stop();
  await pass();
  release();
  await Promise.all([started, stopped]);
  await pass(10_000);
  expect(broker.threads).toMatchObject([{ isStopped: true }]);
  expect(broker.calls('read')).toEqual([]);
});

it('listeners that still tell of the last outcomes are waited for, to the end of the budget', async () => {
  const telling = deferred();
  const { broker, log, consumer, runs, on } = streamConsumer({ completed: () => telling.promise });
  await consumer.start([on('a')]);
  broker.stream('a').add(['n', '1'], '1-0');
  await pass();
  await runs.end('1-0');
  await pass(10);
  const stopped = consumer.stop();
  await pass(9_000);
  expect(await isSettled(stopped)).toBe(false);
  telling.resolve();
  expect(await isSettled(stopped)).toBe(true);
  expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([]);
});

it('listeners that do not end are told of', async () => {
  const { broker, log, consumer, runs, on } = streamConsumer({ completed: () => new Promise<void>(() => undefined) });
  await consumer.start([on('a')]);
  broker.stream('a').add(['n', '1'], '1-0');
  await pass();
  await runs.end('1-0');
  await pass(10);
  const stopped = consumer.stop();
  await pass(10_000);
  await stopped;
  expect(log.lines.at(-1)).toBe('warn: Listeners of stream events did not end before the stop.');
});
