import { describe, expect, it } from 'vitest';
import { runSetting, subscriptionOptions } from '../../../../../../test/support/engine.js';
import { Lease, Run } from './delivery.js';

const options = subscriptionOptions();
const run = () => new Run(runSetting(options), new Lease('1-0', 2, 0), 0);

describe('what a handler sees of its run', () => {
  it('whose it is, and how many runs it may have', () => {
    const { stream, group, consumer } = options;
    const { maxDeliveries } = options.retry;
    expect(run()).toMatchObject({ stream, group, consumer, maxDeliveries, entryId: '1-0', deliveryCount: 2 });
  });

  it('a signal that aborts with its reason, also when nobody had looked at it before', () => {
    const [looked, late] = [run(), run()];
    const reason = new Error('time is up');
    const { signal } = looked;
    expect(signal.aborted).toBe(false);
    for (const each of [looked, late]) {
      expect(each.abortReason).toBeUndefined();
      each.abort(reason);
      expect(each.signal.aborted).toBe(true);
      expect(each.abortReason).toBe(reason);
    }
    expect(looked.signal).toBe(signal);
  });
});
