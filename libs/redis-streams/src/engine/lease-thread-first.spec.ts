import { expect, it, vi } from 'vitest';
import { pass, useFakeTime } from '../../../../test/support/engine.js';
import { InMemoryBroker } from '../in-memory/in-memory-broker.js';
import type { LeaseKeeping } from '../model/ports/broker.js';
import { resolveHandlerOptions } from '../options/resolve-handler-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { EventListeners } from './observers/event-listeners.js';
import { StreamConsumer } from './stream-consumer.js';

useFakeTime();

/** A thread that takes its time. */
class SlowThreadBroker extends InMemoryBroker {
  becomeReady = () => {};

  override keepLeases(...args: Parameters<InMemoryBroker['keepLeases']>): LeaseKeeping {
    const ready = new Promise<void>((resolve) => (this.becomeReady = resolve));
    return { ...super.keepLeases(...args), ready };
  }
}

function consumerOn(broker: InMemoryBroker) {
  const warn = vi.fn<(line: string) => void>();
  const log = { debug: () => {}, log: () => {}, warn, error: () => {} };
  const consumer = new StreamConsumer(resolveOptions({}, {}), 'me', {
    ...{ broker, log },
    listeners: new EventListeners({}, log),
  });
  const options = resolveHandlerOptions({ leaseThread: true }, {}, 'spec');
  const started = consumer.start([{ stream: 'orders', options, handler: async () => undefined }]);
  return { consumer, started, warn };
}

it('no handler runs before the thread can keep its lease: the first one may block the process', async () => {
  const broker = new SlowThreadBroker();
  const { consumer, started } = consumerOn(broker);
  await pass(9_000);
  expect(broker.calls('read')).toEqual([]);
  broker.becomeReady();
  await started;
  await pass();
  expect(broker.calls('read')).toHaveLength(1);
  void consumer.stop();
  await pass(10_000);
});

it('a thread that is not ready within startupTimeoutMs is told, and not waited for', async () => {
  const broker = new SlowThreadBroker();
  const { consumer, started, warn } = consumerOn(broker);
  await pass(10_000);
  await started;
  expect(warn.mock.calls.map(([line]) => line)).toEqual([
    expect.stringContaining('The lease thread is not ready after 10000 ms'),
  ]);
  expect(broker.calls('connect')).toHaveLength(1);
  void consumer.stop();
  await pass(10_000);
});
