import { SHORTEST_LEASE_MS } from '../../../model/policy/lease-rule.js';
import { LEASE_IN_CONSUMER_NAME } from '../../../wire/consumer-name.js';

/**
 * `leaseOf(name)`: the lease in milliseconds that a consumer's name carries; nil for the name of a consumer that is not ours, even
 * where it looks like one but names a lease that is shorter or longer than any of ours.
 */
export const CONSUMER_LEASE = `
local function leaseOf(name)
  local lease = tonumber(string.match(name, '${LEASE_IN_CONSUMER_NAME}') or '')
  if lease and lease >= ${SHORTEST_LEASE_MS} and lease <= ${Number.MAX_SAFE_INTEGER} then return lease end
  return nil
end
`;
