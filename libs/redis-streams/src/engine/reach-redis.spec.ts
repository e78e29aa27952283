import { expect, it } from 'vitest';
import { isSettled, pass, recordedLog, useFakeTime } from '../../../../test/support/engine.js';
import { InMemoryBroker } from '../in-memory/in-memory-broker.js';
import { RedisUnavailableError } from '../model/errors/errors.js';
import { reachRedis } from './reach-redis.js';

useFakeTime();

function reaching(prepare: (broker: InMemoryBroker) => void, timeoutMs = 10_000) {
  const broker = new InMemoryBroker();
  prepare(broker);
  const log = recordedLog();
  const reached = reachRedis(broker, timeoutMs, log);
  reached.catch(() => undefined);
  return { broker, log, reached };
}

it('Redis answers: nothing is said', async () => {
  const { log, reached } = reaching(() => undefined);
  expect(await isSettled(reached)).toBe(true);
  await reached;
  expect(log.lines).toEqual([]);
});

it('a connection that is known to fail is told soon, once, with where and why; it goes on when it is there', async () => {
  const { broker, log, reached } = reaching((redis) => redis.goDown());
  await pass(100);
  const line = 'warn: Waiting for Redis at memory, up to 10000 ms: connect ECONNREFUSED.';
  expect(log.lines).toEqual([line]);
  await pass(5_000);
  expect(log.lines).toEqual([line]);
  broker.comeUp();
  expect(await isSettled(reached)).toBe(true);
  await reached;
});

it('a silent server is told of after a second', async () => {
  const { log } = reaching((broker) => void broker.hold('answers'));
  await pass(999);
  expect(log.lines).toEqual([]);
  await pass(101);
  expect(log.lines).toEqual(['warn: Waiting for Redis at memory, up to 10000 ms: no answer yet.']);
});

it('a server that stays silent is given up after the time for the start', async () => {
  const { reached } = reaching((broker) => void broker.hold('answers'), 3_000);
  await pass(2_900);
  expect(await isSettled(reached)).toBe(false);
  await pass(300);
  await expect(reached).rejects.toThrow(RedisUnavailableError);
  await expect(reached).rejects.toThrow(
    'Redis at memory did not let us in within startupTimeoutMs (3000 ms): no answer. Start Redis there',
  );
});

it('a server that refuses is not waited for: what it said, and what to do, is in the error', async () => {
  const { log, reached } = reaching((broker) =>
    broker.goDown({
      kind: 'refused',
      message: 'WRONGPASS invalid',
      remedy: 'Give the right password.',
      isRefusal: true,
    }),
  );
  await pass(100);
  expect(await isSettled(reached)).toBe(true);
  await expect(reached).rejects.toThrow('WRONGPASS invalid. Give the right password.');
  await expect(reached).rejects.toMatchObject({ cause: { kind: 'refused' } });
  expect(log.lines).toEqual([]);
});

it('a connection that is closed meanwhile ends it at once', async () => {
  const { reached } = reaching((broker) => broker.fail('answers', { kind: 'disconnected', message: 'closed' }));
  await pass();
  await expect(reached).rejects.toThrow(RedisUnavailableError);
  await expect(reached).rejects.toThrow('closed');
});
