import { expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../test/support/engine.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';

useFakeTime();

it('a backoff function that is wrong is warned of once, with the stream, and waits a second instead', async () => {
  const { broker, log, consumer, runs, on } = streamConsumer();
  const backoff = vi.fn(() => Number.NaN);
  await consumer.start([on('a', { retry: { maxDeliveries: 9, maxAgeMs: 1, backoff } })]);
  broker.stream('a').add(['n', '1'], '1-0');
  for (let n = 0; n < 2; n++) {
    await pass(1_010);
    await runs.fail('1-0');
  }
  const warnings = log.lines.filter((line) => line.includes('retry.backoff must return'));
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toContain('a (workers): ');
  await pass(1_010);
  expect(runs.ids).toEqual(['1-0']);
});

function throwing(): never {
  throw new Error('the disk is full');
}

it('a logger that throws stops nothing', async () => {
  const log = { debug: throwing, log: throwing, warn: throwing, error: throwing };
  const { broker, consumer, runs, on } = streamConsumer({}, log);
  await consumer.start([on('a')]);
  broker.stream('a').add(['n', '1'], '1-0');
  await pass();
  await runs.fail('1-0');
  await pass(1_010);
  expect(runs.ids).toEqual(['1-0']);
});
