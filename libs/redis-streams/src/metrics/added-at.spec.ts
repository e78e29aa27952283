import { expect, it } from 'vitest';
import { entryTimeMs } from '../wire/entry-id.js';
import { addedAtMs } from './added-at.js';

it.each(['1763812345678-0', '1000000000000-12', '9999999999999-18446744073709551615', '0-1', '12345678901234-0'])(
  'tells of %s the same as entryTimeMs',
  (id) => expect(addedAtMs(id)).toBe(entryTimeMs(id)),
);
