import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../test/support/engine.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';
import { RedisUnavailableError } from '../model/errors/errors.js';

useFakeTime();

it('consumes all streams, and says so', async () => {
  const { broker, log, consumer, runs, on } = streamConsumer();
  await consumer.start([on('a', { concurrency: 3 }), on('b')]);
  broker.stream('a').add(['n', '1'], '1-0');
  broker.stream('b').add(['n', '1'], '2-0');
  await pass();
  expect(runs.ids).toEqual(['1-0', '2-0']);
  expect(runs.delivery('1-0').consumer).toBe('me@30000ms');
  expect(consumer.statuses()).toMatchObject([{ stream: 'a' }, { stream: 'b' }]);
  expect(log.lines[0]).toContain('Consuming 2 subscription(s) over 5 connections');
  expect(log.lines[0]).toContain('a (workers, concurrency 3); b (workers, concurrency 10)');
  expect(log.lines.at(-1)).toContain('the history is trimmed in memory');
});

it('without handlers it asks nothing', async () => {
  const { broker, consumer } = streamConsumer();
  await consumer.start([]);
  expect(broker.calls('answers')).toEqual([]);
  expect(consumer.statuses()).toEqual([]);
});

it('where Redis does not answer in time it fails, and says what to do', async () => {
  const { broker, consumer, on } = streamConsumer();
  broker.goDown();
  const failed = expect(consumer.start([on('a')])).rejects.toThrow(RedisUnavailableError);
  await pass(3_200);
  await failed;
});

it('where a group cannot be created it fails with the stream, the group, what Redis said and what to do', async () => {
  const { broker, consumer, on } = streamConsumer();
  broker.fail('ensure', { kind: 'forbidden', message: 'NOPERM', remedy: 'Allow it.' });
  const start = consumer.start([on('a')]);
  await expect(start).rejects.toThrow("Cannot consume the stream 'a' in the group 'workers': NOPERM. Allow it.");
  await expect(start).rejects.toMatchObject({ name: 'RedisUnavailableError', cause: { kind: 'forbidden' } });
});

it('where creating a group is not answered it fails in time', async () => {
  const { broker, consumer, on } = streamConsumer();
  broker.hold('ensure');
  const failed = expect(consumer.start([on('a')])).rejects.toThrow('no answer');
  await pass(3_000);
  await failed;
});

it('what keeps it from starting is shown until it starts', async () => {
  const { consumer, on } = streamConsumer();
  consumer.standIdle('the role says no');
  expect(consumer.idleness).toEqual({ reason: 'the role says no', sinceMs: Date.now() });
  await consumer.start([on('a')]);
  expect(consumer.idleness).toBeUndefined();
});
