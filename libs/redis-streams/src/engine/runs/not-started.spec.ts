import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { runnerParts } from '../../../../../test/support/engine-parts.js';
import { DecodeError } from '../../model/errors/errors.js';

useFakeTime();

function withoutRuns() {
  return runnerParts({ handler: () => expect.unreachable() });
}

it('an entry that cannot be decoded goes to the dead letter without a run, and those beside it are run', async () => {
  const { runner, runs, read, told, stream, slots } = runnerParts();
  const [undecodable] = await read(1, ['n', '{', '~json:n', '']);
  const [other] = await read(1);
  runner.startNew([undecodable!, other!]);
  await pass();
  expect(told.of('deadLettered')).toMatchObject([
    { lease: { entryId: undecodable!.id }, verdict: { reason: 'undecodable', deliveries: 1 } },
  ]);
  expect(told.of('deadLettered')[0]!.verdict.error).toBeInstanceOf(DecodeError);
  expect(stream.deadLetters).toHaveLength(1);
  expect(runs.ids).toEqual([other!.id]);
  expect(slots.free).toBe(9);
});

it('an entry that was started as often as it may be goes to the dead letter without a run', async () => {
  const { runner, read, told, group, stream, options, deliveries } = withoutRuns();
  const [entry] = await read(1);
  const deliveryCount = options.retry.maxDeliveries + 1;
  stream.group(options.group)!.claim(entry!.id, options.consumer, { deliveryCount });
  runner.startAgain([{ ...entry!, deliveryCount }]);
  await pass();
  expect(told.of('deadLettered')).toMatchObject([{ verdict: { reason: 'max-deliveries', deliveries: 5 } }]);
  expect(stream.deadLetters).toHaveLength(1);
  expect(deliveries.leases.size).toBe(0);
  expect((await group.renew([entry!.id])).lost.get(entry!.id)).toBe('nobody');
});

it('the last run that an entry may have is started', async () => {
  const { runner, runs, read, options } = runnerParts();
  const [entry] = await read(1);
  runner.startAgain([{ ...entry!, deliveryCount: options.retry.maxDeliveries }]);
  expect(runs.delivery(entry!.id).deliveryCount).toBe(options.retry.maxDeliveries);
});
