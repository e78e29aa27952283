import { describe, expect, it, vi } from 'vitest';
import { pass, startedWorker, TestWorker, useFakeTime } from '../../../../../test/support/engine.js';

useFakeTime();

const sweeps = ({ broker }: TestWorker) => broker.calls('sweep').map(({ args: [command], at }) => ({ ...command, at }));

describe('how often', () => {
  it.each([
    [0, 6_750],
    [1, 7_500],
  ])(
    'with a chance of %d the next sweep comes after %d ms, as all workers of a group sweep',
    async (random, afterMs) => {
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const worker = await startedWorker();
      await pass(14_000);
      const [, second, third] = sweeps(worker);
      expect(third!.at - second!.at).toBe(afterMs);
    },
  );

  it('a long lease does not make it rarer than that, a short one more often', async () => {
    const long = await startedWorker({ options: { leaseMs: 600_000 } });
    const short = await startedWorker({ options: { leaseMs: 2_000 } });
    await pass(20_000);
    expect(sweeps(long).at(-1)!.at - sweeps(long).at(-2)!.at).toBe(7_125);
    expect(sweeps(short).at(-1)!.at - sweeps(short).at(-2)!.at).toBe(475);
  });

  it('a new connection is followed by a sweep at once, and by a second look when its read has ended on the server', async () => {
    const worker = await startedWorker();
    await pass(13_000);
    const before = sweeps(worker).length;
    worker.broker.breakReaders();
    await pass(5_600);
    const since = sweeps(worker).slice(before);
    const from = since[0]!.at;
    expect(since.map(({ at }) => at - from)).toEqual([0, 5_500]);
  });

  it('one that found as many as it may is gone on with after 50 ms', async () => {
    const worker = new TestWorker({ options: { concurrency: 4 } });
    const group = worker.stream.createGroup('workers');
    for (let n = 1; n <= 3; n++) worker.stream.add(['n', '1'], `${n}-0`);
    // What a lost reply took: pending here, and nothing runs for it.
    group.read(worker.options.consumer, 3);
    await worker.start();
    expect(worker.runs.ids).toEqual(['1-0']);
    await pass(40);
    expect(worker.runs.ids).toEqual(['1-0']);
    await pass(20);
    expect(worker.runs.ids).toEqual(['1-0', '2-0', '3-0']);
    expect(sweeps(worker).map(({ at }) => at)).toEqual([0, 50]);
  });

  it('one that had to look at too many goes on after 50 ms, where it stopped', async () => {
    const worker = new TestWorker();
    const group = worker.stream.createGroup('workers');
    for (let n = 1; n <= 2_100; n++) worker.stream.add(['n', '1'], `${n}-0`);
    group.read('busy@30000ms', 2_100);
    await worker.start();
    await pass(20_000);
    const cut = sweeps(worker).findIndex(({ from }) => from.consumer !== '');
    const { from, at } = sweeps(worker)[cut]!;
    expect(from).toEqual({ consumer: 'busy@30000ms', id: '2001-0' });
    expect(at - sweeps(worker)[cut - 1]!.at).toBe(50);
  });
});

describe('what it looks at', () => {
  it('all consumers of a small group, each time; of a large one, now and then', async () => {
    const small = await startedWorker();
    await pass(20_000);
    expect(sweeps(small).every(({ looksAround }) => looksAround)).toBe(true);

    const large = new TestWorker();
    large.stream.createGroup('workers');
    for (let n = 0; n < 50; n++) large.stream.group('workers')!.seenAt.set(`w${n}@30000ms`, large.broker.clock.now);
    await large.start();
    await pass(60_000);
    const looks = sweeps(large).map(({ looksAround }) => looksAround);
    expect(looks.slice(0, 7)).toEqual([true, false, false, true, false, false, true]);
  });

  it('nobody is judged before the process has been there for half a lease, by clocks that agree', async () => {
    const worker = await startedWorker();
    await pass(20_000);
    const [first, second, , late] = sweeps(worker);
    expect(first).toMatchObject({ expectedServerNow: undefined, unstable: [{ shorterThanMs: Infinity }] });
    expect(second!.unstable).toHaveLength(1);
    expect(late!.unstable[0]!.longerThanMs).toBeGreaterThan(30_000);
  });

  it('nobody is judged for half a lease after a new connection, though nothing failed before it', async () => {
    const worker = await startedWorker({ options: { concurrency: 1 } });
    await worker.add('1-0');
    await pass(40_000);
    // No read is under way that would fail.
    worker.broker.breakReaders();
    await worker.runs.end('1-0');
    await pass(100);
    expect(worker.events.of('loopInterrupted')).toEqual([]);
    expect(sweeps(worker).at(-1)).toMatchObject({
      at: 40_000,
      unstable: [{ longerThanMs: 0, shorterThanMs: Infinity }],
    });
  });

  it('what runs here is named, stuck or not, so that it is not claimed', async () => {
    const worker = await startedWorker({ options: { timeoutMs: 100, abortGraceMs: 0 } });
    await worker.add('1-0', '2-0');
    await worker.runs.end('1-0');
    await pass(6_000);
    expect(sweeps(worker).at(-1)!.running).toEqual(['2-0']);
  });

  it('another owner is judged by the shorter of the own lease and claimForeignAfterMs where its name has none', async () => {
    const worker = await startedWorker({ options: { claimForeignAfterMs: 5_000 } });
    expect(sweeps(worker)[0]).toMatchObject({ foreignAfterMs: 5_000, foreignLeaseMs: 5_000 });
    const patient = await startedWorker({ options: { claimForeignAfterMs: 300_000 } });
    expect(sweeps(patient)[0]).toMatchObject({ foreignAfterMs: 300_000, foreignLeaseMs: 30_000 });
  });

  it('deleted entries are told', async () => {
    const worker = new TestWorker();
    const group = worker.stream.createGroup('workers');
    worker.stream.add(['n', '1'], '1-0');
    group.read(worker.options.consumer, 1);
    worker.stream.entries.delete('1-0');
    await worker.start();
    expect(worker.events.of('entryDeleted')).toEqual([{ type: 'entryDeleted', entryId: '1-0' }]);
  });
});
