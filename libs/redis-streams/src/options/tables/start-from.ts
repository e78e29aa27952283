import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { isEntryId, previousEntryId } from '../../wire/entry-id.js';
import { fail } from '../checks/option-checks.js';
import type { Option } from '../checks/option.js';
import type { StartFrom } from '../options.js';

/** Its value is the id to create a group at: entries after it are delivered. */
export const startFrom: Option<StartFrom, string> = {
  byDefault: "`'first'`",
  read: (given, where) => {
    const from = given ?? 'first';
    if (from === 'first') return '0-0';
    if (from === 'new') return '$';
    if (from instanceof Date) {
      if (Number.isNaN(from.getTime()) || from.getTime() < 0)
        throw new RedisStreamsConfigError(`${where} is an invalid Date.`);
      return previousEntryId(String(from.getTime()));
    }
    if (typeof from !== 'string' || !isEntryId(from)) {
      fail(where, "'first', 'new', a Date, or an entry id such as '1699980000000-0'", from);
    }
    return previousEntryId(from);
  },
};
