import { expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../test/support/engine.js';
import { streamConsumer } from '../../../../test/support/stream-consumer.js';

useFakeTime();

it('is asked for the subscriptions that want it, and no others, and stopped at the end', async () => {
  const { broker, consumer, on } = streamConsumer();
  await consumer.start([on('a', { leaseThread: true }), on('b'), on('c', { leaseThread: true, timeoutMs: 7_000 })]);
  expect(broker.threads).toMatchObject([
    {
      members: [
        { stream: 'a', group: 'workers', consumer: 'me@30000ms', leaseMs: 30_000, longestBlockMs: 600_000 },
        { stream: 'c', longestBlockMs: 7_000 },
      ],
      isStopped: false,
    },
  ]);
  await consumer.stop();
  expect(broker.threads[0]!.isStopped).toBe(true);
});

it('is not asked where nobody wants it', async () => {
  const { broker, consumer, on } = streamConsumer();
  await consumer.start([on('a')]);
  expect(broker.threads).toEqual([]);
});

it('that ends by itself is told of, and consuming goes on', async () => {
  const { broker, log, consumer, on } = streamConsumer();
  await consumer.start([on('a', { leaseThread: true })]);
  await pass();
  broker.threads[0]!.end(new Error('out of memory'));
  expect(log.lines.at(-1)).toContain('error: The lease thread has ended');
  expect(log.lines.at(-1)).toContain('out of memory');
  expect(consumer.statuses()).toMatchObject([{ phase: 'running' }]);
});

/** The thread is not ready before it is said to be. */
function slowThread() {
  const parts = streamConsumer();
  const keepLeases = parts.broker.keepLeases.bind(parts.broker);
  let becomeReady!: () => void;
  const ready = new Promise<void>((resolve) => (becomeReady = resolve));
  vi.spyOn(parts.broker, 'keepLeases').mockImplementation((...args) => ({ ...keepLeases(...args), ready }));
  return { ...parts, becomeReady };
}

it('can keep leases before any handler runs: the first one may block the process', async () => {
  const { broker, consumer, on, becomeReady } = slowThread();
  const started = consumer.start([on('a', { leaseThread: true })]);
  await pass(2_000);
  expect(broker.calls('read')).toEqual([]);
  becomeReady();
  await started;
  await pass();
  expect(broker.calls('read')).toHaveLength(1);
});

it('that is not ready within the time for the start is told, and not waited for', async () => {
  const { broker, log, consumer, on } = slowThread();
  const started = consumer.start([on('a', { leaseThread: true })]);
  await pass(3_000);
  await started;
  expect(log.lines.filter((line) => line.startsWith('warn'))).toEqual([
    expect.stringContaining('The lease thread is not ready after 3000 ms'),
  ]);
  expect(broker.calls('connect')).toHaveLength(1);
});
