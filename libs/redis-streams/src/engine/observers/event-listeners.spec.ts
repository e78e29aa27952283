import { describe, expect, it } from 'vitest';
import { isSettled, useFakeTime } from '../../../../../test/support/engine.js';
import { deferred } from '../../../../../test/support/deferred.js';
import type { StreamHooks } from '../../model/hooks.js';
import type { Log } from '../../model/log.js';
import { EventListeners } from './event-listeners.js';
import { safeLog } from './safe-log.js';

useFakeTime();

const EVENT = { stream: 'orders', group: 'workers', entryId: '1-0', deliveryCount: 2 };

function listenersOf(hooks: StreamHooks) {
  const errors: string[] = [];
  const listeners = new EventListeners(hooks, { error: (message: string) => void errors.push(message) } as Log);
  return { listeners, errors };
}

const bug = Object.assign(new Error('a bug'), { stack: 'Error: a bug\n    at /app/src/hooks.ts:7:1' });
const REPORT = 'threw: Error: a bug\n    at /app/src/hooks.ts:7:1';

describe('listeners of an event', () => {
  it('hooks and others are called in turn, hooks as methods of their object', () => {
    const calls: string[] = [];
    const hooks = {
      name: 'hooks',
      handedBack() {
        calls.push(this.name);
      },
    };
    const { listeners } = listenersOf(hooks);
    listeners.add('handedBack', { name: 'Provider.method', call: () => calls.push('provider') });
    listeners.tell('handedBack', EVENT);
    expect(calls).toEqual(['hooks', 'provider']);
    expect([listeners.has('handedBack'), listeners.has('completed')]).toEqual([true, false]);
  });

  it('one that throws is logged, and the others are called', () => {
    let called = false;
    const { listeners, errors } = listenersOf({
      handedBack: () => {
        throw bug;
      },
    });
    listeners.add('handedBack', { name: 'listener X', call: () => (called = true) });
    listeners.tell('handedBack', EVENT);
    expect(called).toBe(true);
    expect(errors).toEqual([`The hook 'handedBack' ${REPORT}`]);
  });

  it('one whose promise rejects is logged', async () => {
    const { listeners, errors } = listenersOf({ handedBack: () => Promise.reject(bug) });
    listeners.tell('handedBack', EVENT);
    await listeners.ended();
    expect(errors).toEqual([`The hook 'handedBack' ${REPORT}`]);
  });

  it('are waited for where they return promises, those of events that come meanwhile, too', async () => {
    const [first, second] = [deferred(), deferred()];
    const pending = [first.promise, second.promise];
    const { listeners } = listenersOf({ handedBack: () => pending.shift() });
    await listeners.ended();
    listeners.tell('handedBack', EVENT);
    const ended = listeners.ended();
    listeners.tell('handedBack', EVENT);
    first.resolve();
    expect(await isSettled(ended)).toBe(false);
    second.resolve();
    expect(await isSettled(ended)).toBe(true);
  });
});

it('a logger that throws stops nothing, and is given text and fields', () => {
  const lines: unknown[][] = [];
  const throwing = (level: string) => (message: string, fields?: object) => {
    lines.push([level, message, fields]);
    throw bug;
  };
  const log = safeLog({
    ...{ debug: throwing('debug'), log: throwing('log'), warn: throwing('warn'), error: throwing('error') },
  });
  for (const level of ['debug', 'log', 'warn', 'error'] as const) log[level]('text', EVENT);
  expect(lines).toEqual(['debug', 'log', 'warn', 'error'].map((level) => [level, 'text', EVENT]));
});
