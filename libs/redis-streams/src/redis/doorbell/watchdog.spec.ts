import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchdogOf } from './watchdog.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched(client: { status: 'connecting' | 'ready'; ping: () => Promise<'PONG'> }) {
  const lost: string[] = [];
  return { lost, watchdog: watchdogOf(client, ({ message }) => void lost.push(message)) };
}

it('a connection that answers is kept, and asked once in five seconds', async () => {
  const ping = vi.fn<() => Promise<'PONG'>>(async () => 'PONG');
  const { lost, watchdog } = watched({ status: 'ready', ping });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost).toEqual([]);
  expect(ping).toHaveBeenCalledTimes(12);
  watchdog.stop();
  expect(vi.getTimerCount()).toBe(0);
});

it('a connection that falls silent is told of within ten seconds', async () => {
  const { lost, watchdog } = watched({ status: 'ready', ping: () => new Promise(() => undefined) });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(lost).toEqual(['No answer in time.']);
  watchdog.stop();
});

it('a connection that is not made is told of after five seconds', async () => {
  const { lost, watchdog } = watched({ status: 'connecting', ping: async () => 'PONG' });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(lost).toEqual(['No connection in time.']);
  watchdog.stop();
});
