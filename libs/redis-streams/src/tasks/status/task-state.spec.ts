import { describe, expect, it } from 'vitest';
import type { TaskLook } from '../../model/ports/tasks/task-store.js';
import { RECORD_TTL_MS } from '../../wire/tasks/task-record.js';
import { taskStateOf } from './task-state.js';

const NOW = 1_700_000_000_000;
const ID = `${NOW - 60_000}-0`;
const BEFORE = `${NOW - 60_001}-0`;
const AFTER = `${NOW - 59_000}-0`;
const OF_TASK = { stream: 's', group: 'g', id: ID };

/** Delivered and acked, without a record, unless said otherwise. */
function stateOf(look: Partial<TaskLook> = {}, id = ID) {
  const acked: TaskLook = {
    serverNow: NOW,
    record: undefined,
    groups: ['g', 'other'],
    lastDelivered: AFTER,
    pending: undefined,
    retryAt: undefined,
    reserved: {},
    first: undefined,
    last: undefined,
  };
  return taskStateOf({ ...OF_TASK, id }, { ...acked, ...look });
}

const running = { consumer: 'gpu@1000ms', idleMs: 20, deliveryCount: 2 };
const scheduled = { consumer: 'retry-scheduled', idleMs: 20, deliveryCount: 3 };

describe('a record that says how it ended holds, whatever else there is', () => {
  const at = { at: String(NOW - 5) };
  const endedAt = new Date(NOW - 5);

  it.each<[string, Record<string, string>, object]>([
    ['a result', { state: 'completed', result: '{"a":1}' }, { state: 'completed', hasResult: true, result: { a: 1 } }],
    ['the result null', { state: 'completed', result: 'null' }, { hasResult: true, result: null }],
    ['no result', { state: 'completed' }, { state: 'completed', hasResult: false, result: undefined }],
    ['a result that is no JSON', { state: 'completed', result: '{' }, { hasResult: false, result: undefined }],
    [
      'a cancel that came too late',
      { state: 'completed', cancel: '1', 'cancel-reason': 'user' },
      { state: 'completed', cancelRequested: { reason: 'user' } },
    ],
    [
      'a dead letter',
      { state: 'dead-lettered', reason: 'max-age', error: 'Error: no', dead: '9-1' },
      { state: 'dead-lettered', reason: 'max-age', error: 'Error: no', deadLetterId: '9-1' },
    ],
    ['a dead letter of others', { state: 'dead-lettered' }, { reason: 'unknown', error: '', deadLetterId: undefined }],
    ['a cancel', { state: 'cancelled', 'cancel-reason': 'user' }, { state: 'cancelled', reason: 'user' }],
    ['an expiry', { state: 'expired' }, { state: 'expired' }],
  ])('%s', (_, record, expected) => {
    const looks: Partial<TaskLook>[] = [{}, { pending: running }, { reserved: undefined }, { groups: [] }];
    for (const look of looks) {
      expect(stateOf({ ...look, record: { ...record, ...at } })).toMatchObject({ ...OF_TASK, endedAt, ...expected });
    }
  });

  it('one whose time is missing or no number has no end', () => {
    expect(stateOf({ record: { state: 'expired' } })).toMatchObject({ state: 'expired', endedAt: undefined });
    expect(stateOf({ record: { state: 'expired', at: 'soon' } })).toMatchObject({ endedAt: undefined });
  });

  it('one in a state that is none says nothing', () => {
    expect(stateOf({ record: { state: 'sleeping' }, pending: running })).toMatchObject({ state: 'running' });
  });
});

describe('running', () => {
  it('pending at a worker', () => {
    const record = { progress: '{"percent":5}', cancel: '1' };
    expect(stateOf({ pending: running, record, reserved: { deadline: `${NOW + 5}` } })).toEqual({
      ...OF_TASK,
      state: 'running',
      consumer: 'gpu@1000ms',
      deliveryCount: 2,
      renewedMsAgo: 20,
      progress: { percent: 5 },
      deadlineAt: new Date(NOW + 5),
      cancelRequested: { reason: undefined },
    });
  });

  it('also without its entry, and beyond its deadline: its worker is about to end it', () => {
    expect(stateOf({ pending: running, reserved: undefined })).toMatchObject({ state: 'running' });
    expect(stateOf({ pending: running, reserved: { deadline: '+5' } })).toMatchObject({ state: 'running' });
  });

  it('progress that is no JSON is none', () => {
    expect(stateOf({ pending: running, record: { progress: '}' } })).toMatchObject({ progress: undefined });
  });
});

describe('retry-scheduled and waiting', () => {
  const due = NOW + 500;

  it.each<[string, Partial<TaskLook>, object]>([
    [
      'after a failure',
      { retryAt: due, record: { reason: 'failure', error: 'Error: x' } },
      { state: 'retry-scheduled', deliveryCount: 3, dueAt: new Date(due), lastError: 'Error: x' },
    ],
    ['after a failure, due', { retryAt: NOW - 5, record: { reason: 'failure' } }, { state: 'retry-scheduled' }],
    [
      'postponed',
      { retryAt: due, record: { reason: 'postponed' } },
      { state: 'waiting', why: 'postponed', until: new Date(due) },
    ],
    [
      'handed back',
      { retryAt: NOW, record: { reason: 'shutdown' } },
      { state: 'waiting', why: 'handed-back', deliveryCount: 3 },
    ],
    ['without a record, due later', { retryAt: due }, { state: 'retry-scheduled', lastError: undefined }],
    ['without a record, due', { retryAt: NOW }, { state: 'waiting', why: 'handed-back', until: new Date(NOW) }],
    ['without a time', {}, { state: 'waiting', why: 'handed-back', until: new Date(NOW) }],
    ['with a time that is none', { retryAt: NaN }, { state: 'waiting', why: 'handed-back' }],
  ])('%s', (_, look, expected) => {
    expect(stateOf({ pending: scheduled, ...look })).toMatchObject(expected);
  });

  it('not delivered yet', () => {
    const expected = { ...OF_TASK, state: 'waiting', progress: undefined };
    expect(stateOf({ lastDelivered: BEFORE })).toEqual(expected);
    expect(stateOf({ lastDelivered: undefined, groups: [] })).toEqual(expected);
    const until = new Date(NOW + 5);
    expect(stateOf({ lastDelivered: BEFORE, pausedUntil: NOW + 5 })).toEqual({ ...expected, why: 'paused', until });
    expect(stateOf({ lastDelivered: BEFORE, pausedUntil: Infinity })).toEqual({ ...expected, why: 'paused' });
  });

  it.each([
    [`${NOW - 1}`, NOW - 1],
    ['+1000', NOW - 59_000],
  ])('with the deadline %s behind it, it is expired: nobody starts it', (deadline, at) => {
    const expected = { state: 'expired', endedAt: new Date(at) };
    expect(stateOf({ lastDelivered: BEFORE, reserved: { deadline } })).toMatchObject(expected);
    expect(stateOf({ pending: scheduled, retryAt: due, reserved: { deadline } })).toMatchObject(expected);
  });

  it.each(['', 'soon', '1e9', '-5', '9'.repeat(400)])('the deadline %j is none', (deadline) => {
    expect(stateOf({ lastDelivered: BEFORE, reserved: { deadline } })).toMatchObject({
      state: 'waiting',
      deadlineAt: undefined,
    });
  });
});

describe('acked without a record', () => {
  it('is completed: every other end writes one', () => {
    expect(stateOf()).toEqual({
      ...OF_TASK,
      state: 'completed',
      progress: undefined,
      hasResult: false,
      result: undefined,
    });
  });

  it('is finished where a record would be gone by now', () => {
    const id = `${NOW - RECORD_TTL_MS}-0`;
    expect(stateOf({}, id)).toMatchObject({ id, state: 'finished' });
    expect(stateOf({}, `${NOW - RECORD_TTL_MS + 1}-0`)).toMatchObject({ state: 'completed' });
  });
});

describe('unknown', () => {
  const none: Partial<TaskLook> = { reserved: undefined, groups: ['g'] };

  it.each<[string, Partial<TaskLook>, boolean]>([
    ['trimmed', { first: AFTER, last: AFTER }, true],
    ['trimmed with all others', { last: AFTER }, true],
    ['deleted among others', { first: BEFORE, last: AFTER }, false],
    ['never there', { first: BEFORE, last: BEFORE }, false],
    ['of no stream', { groups: [], lastDelivered: undefined }, false],
    ['scheduled, and its entry gone', { pending: scheduled, first: AFTER, last: AFTER }, true],
  ])('%s', (_, look, trimmed) => {
    expect(stateOf({ ...none, ...look })).toMatchObject({ ...OF_TASK, state: 'unknown', trimmed });
  });

  it('in a group that is not there beside others, which are named', () => {
    const look = { lastDelivered: undefined, groups: ['a', 'b'] };
    expect(stateOf(look)).toMatchObject({ state: 'unknown', trimmed: false, groups: ['a', 'b'] });
  });
});
