import { expect, it } from 'vitest';
import { deploymentFindings } from './deployment-checks.js';
import type { ServerFacts } from './server-facts.js';

const GOOD = {
  info: { value: { connected_slaves: '1', slave0: 'ip=10.0.0.2,port=6379,state=online,offset=1,lag=1' } },
  leastReplicas: { value: '0' },
  nodeBytes: { value: '4096' },
  nodeEntries: { value: '100' },
  whyNoBlocking: undefined,
  whyNoPubSub: undefined,
} as unknown as ServerFacts;

const REFUSED = { refused: 'NOPERM' };
const LATE = { value: { connected_slaves: '1', slave0: 'ip=10.0.0.2,port=6379,state=online,offset=1,lag=60' } };

function statusOf(code: string, facts: object): string | undefined {
  return deploymentFindings({ ...GOOD, ...facts }).find((finding) => finding.code === code)?.status;
}

it.each([
  ['R10', 'pass', {}],
  ['R10', 'pass', { info: { value: { connected_slaves: '0' } } }],
  ['R10', 'warn', { info: LATE }],
  ['R10', 'fail', { leastReplicas: { value: '2' } }],
  ['R10', 'skip', { info: REFUSED, leastReplicas: REFUSED }],
  ['R11', 'pass', {}],
  // One bound is enough.
  ['R11', 'pass', { nodeBytes: { value: '0' } }],
  ['R11', 'warn', { nodeBytes: { value: '0' }, nodeEntries: { value: '0' } }],
  ['R11', 'warn', { nodeEntries: { value: '1' } }],
  ['R11', 'skip', { nodeBytes: REFUSED, nodeEntries: REFUSED }],
  ['R12', 'pass', {}],
  ['R12', 'fail', { whyNoBlocking: 'ERR unsupported command' }],
  ['R12', 'warn', { whyNoPubSub: 'NOPERM' }],
])('%s is %s of %j', (code, status, facts) => {
  expect(statusOf(code, facts)).toBe(status);
});
