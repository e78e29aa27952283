import { expect, it } from 'vitest';
import { engineParts } from '../../../../../test/support/engine-parts.js';
import { useFakeTime } from '../../../../../test/support/engine.js';
import { RedisFailure } from '../../model/ports/redis-failure.js';
import { LinkStability } from '../state/link-stability.js';
import { Claims } from './claims.js';

useFakeTime();

it('what a sweep took is kept where the claim of due retries after it fails: else the place for a suspect would be taken for ever', async () => {
  const parts = engineParts();
  const entry = { id: '1-0', fields: [], deliveryCount: 2, from: 'dead@30000ms' };
  const serverNow = Date.now();
  const failure = new RedisFailure('READONLY', { kind: 'read-only', remedy: '', isRefusal: false });
  const group = Object.assign(Object.create(parts.group) as typeof parts.group, {
    sweep: async () => ({
      ...{ serverNow, nextDueAt: serverNow, claimed: [entry], deleted: [], cancels: new Map() },
      ...{ next: { consumer: '', id: '' }, shortestLeaseMs: undefined, consumers: 1, isMoreToTakeOver: false },
    }),
    claimDue: () => Promise.reject(failure),
  });
  const claims = new Claims(parts.options, { ...parts, group, stability: new LinkStability() });
  expect(await claims.claim(10)).toEqual([entry]);
  // With nothing in hand the failure is told.
  await expect(claims.claim(10)).rejects.toBe(failure);
});
