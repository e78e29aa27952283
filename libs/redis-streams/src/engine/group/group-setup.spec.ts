import { expect, it } from 'vitest';
import { EventRecord, isSettled, pass, subscriptionOptions, useFakeTime } from '../../../../../test/support/engine.js';
import { failure } from '../../in-memory/failures.js';
import { InMemoryBroker } from '../../in-memory/in-memory-broker.js';
import { EngineEvents } from '../events.js';
import { GroupSetup } from './group-setup.js';
import { KnownLife } from './known-life.js';
import { MarksProblem } from './marks-problem.js';
import { Pause } from './pause.js';

useFakeTime();

function groupSetup(startAfter = '0-0') {
  const broker = new InMemoryBroker();
  const options = subscriptionOptions();
  const group = broker.group(options);
  const record = new EventRecord();
  const events = new EngineEvents(options, [record.observer]);
  const life = new KnownLife();
  const marks = new MarksProblem(group.marksKey, events);
  const setup = new GroupSetup(startAfter, { group, life, marks, pause: new Pause(events), events });
  const asked = () => broker.calls('ensure').map(({ args }) => args);
  return { broker, stream: broker.stream(options.stream), setup, life, marks, events: record, asked };
}

it('a group that is missing is created where it is to start, and told', async () => {
  const { stream, setup, life, events } = groupSetup('5-0');
  stream.add(['n', '1'], '9-0');
  await setup.ensure();
  expect(stream.group('workers')!.lastDelivered).toBe('5-0');
  expect(events.all).toMatchObject([{ type: 'groupCreated', reply: { at: '5-0', length: 1 } }]);
  expect(life.current).toMatchObject({ restores: 0 });
});

it('a group that is there is no news', async () => {
  const { stream, setup, events } = groupSetup();
  stream.createGroup('workers');
  await setup.ensure();
  await setup.ensure();
  expect(events.all).toEqual([]);
});

it('once it was there it is known, and never created at the end of the stream again', async () => {
  const { stream, setup, life, events, asked } = groupSetup('$');
  stream.add(['n', '1'], '9-0');
  await setup.ensure();
  expect(stream.group('workers')!.lastDelivered).toBe('9-0');
  stream.marks.clear();
  stream.deleteAll();
  stream.add(['n', '1'], '10-0');
  await setup.ensure();
  expect(asked()).toEqual([
    ['$', false],
    ['$', true],
  ]);
  expect(stream.group('workers')!.lastDelivered).toBe('0-0');
  expect(events.types).toEqual(['groupCreated', 'groupRestored']);
  expect(life.current).toBeDefined();
});

it('while it is not known whether it was there, it is not taken for known', async () => {
  const { broker, setup, asked } = groupSetup('$');
  broker.fail('ensure', { kind: 'refused' });
  await expect(setup.ensure()).rejects.toMatchObject({ kind: 'refused' });
  await setup.ensure();
  expect(asked()).toEqual([
    ['$', false],
    ['$', false],
  ]);
});

it('all who miss it at once wait for one call; the next one asks anew', async () => {
  const { broker, setup, asked } = groupSetup();
  const release = broker.hold('ensure', { times: 1 });
  const both = Promise.all([setup.ensure(), setup.ensure()]);
  expect(await isSettled(both)).toBe(false);
  expect(asked()).toHaveLength(1);
  release();
  await both;
  await setup.ensure();
  expect(asked()).toHaveLength(2);
});

it('all who wait for a call that fails are told, and the next one asks anew', async () => {
  const { broker, setup, asked } = groupSetup();
  broker.fail('ensure', { kind: 'refused' });
  const outcomes = await Promise.allSettled([setup.ensure(), setup.ensure()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await setup.ensure();
  expect(asked()).toHaveLength(2);
});

it('a restored group is another life, and told with what was put back', async () => {
  const { stream, setup, life, events } = groupSetup();
  await setup.ensure();
  const first = life.current!;
  await pass(10);
  stream.destroyGroup('workers');
  await setup.ensure();
  expect(life.current).toEqual({ id: first.id, restores: 1 });
  expect(life.hasChangedSince(5)).toBe(true);
  expect(events.of('groupRestored')).toMatchObject([{ reply: { outcome: 'restored', putBack: 0 } }]);
});

it('marks that cannot be used are a problem, and the group is there all the same', async () => {
  const { stream, setup, marks, events } = groupSetup();
  stream.marksFailure = failure({ kind: 'forbidden' });
  await setup.ensure();
  expect(marks.reason).toContain('cannot be kept');
  expect(events.types).toEqual(['marksFailed', 'groupCreated']);
  expect(stream.groupNames).toEqual(['workers']);
});
