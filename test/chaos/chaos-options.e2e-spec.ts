import { expect, it } from 'vitest';
import { parseChaosOptions } from './chaos-options.js';
import { faultKindsOf } from './fault-kinds.js';
import { TRAFFIC_KINDS } from './traffic/kinds.js';

it('has a default for everything', () => {
  expect(parseChaosOptions([])).toMatchObject({
    isCluster: false,
    runMs: 60_000,
    seed: 1,
    workers: 3,
    kinds: faultKindsOf({ isCluster: false }),
    traffic: TRAFFIC_KINDS,
    json: false,
  });
});

it('takes what it is given', () => {
  expect(parseChaosOptions(['--seconds', '20', '--kinds', 'poison,worker-kill', '--json'])).toMatchObject({
    runMs: 20_000,
    kinds: ['worker-kill', 'poison'],
    json: true,
  });
  expect(parseChaosOptions(['--traffic', 'keyed,chains'])).toMatchObject({ traffic: ['chains', 'keyed'] });
  expect(parseChaosOptions(['--traffic', 'none'])).toMatchObject({ traffic: [] });
  expect(parseChaosOptions(['--help'])).toBeUndefined();
});

it('knows other faults in a cluster', () => {
  const kinds = faultKindsOf({ isCluster: true });
  expect(parseChaosOptions(['--cluster'])).toMatchObject({ isCluster: true, kinds });
  expect(parseChaosOptions(['--cluster', '--kinds', 'node-kill'])).toMatchObject({ kinds: ['node-kill'] });
  expect(() => parseChaosOptions(['--kinds', 'node-kill'])).toThrow(
    /--kinds takes some of worker-kill.* got 'node-kill'/,
  );
  expect(() => parseChaosOptions(['--cluster', '--kinds', 'redis-kill'])).toThrow(/got 'redis-kill'/);
});

it.each([
  [['--secnds', '20'], /secnds/],
  [['--seconds', 'soon'], /--seconds takes a whole number from 1 to 86400, got 'soon'/],
  [['--workers', '0'], /--workers takes a whole number from 1 to 32, got '0'/],
  [['--kinds', 'worker-kill,flood'], /--kinds takes some of worker-kill.* got 'flood'/],
  [['--traffic', 'cars'], /--traffic takes some of chains.* got 'cars'/],
  [['extra'], /extra/],
])('refuses %j and says why', (args, message) => {
  expect(() => parseChaosOptions(args)).toThrow(message);
});
