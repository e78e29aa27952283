import { strings } from '../checks/kinds.js';
import { fail } from '../checks/option-checks.js';
import { nested, type Option, type TableOf, type ValuesOf } from '../checks/option.js';
import type { ConsumeFilter } from '../options.js';
import type { Environment } from './connection.js';

const CONSUME_FILTER = {
  streams: strings(),
  groups: strings(),
} satisfies TableOf<ConsumeFilter>;

const filter = nested(CONSUME_FILTER);

/** Its value is which handlers run here; a missing list allows all. The environment's `REDIS_STREAMS_CONSUME=false` wins. */
export function consumeOption(
  env: Environment,
): Option<boolean | ConsumeFilter, false | ValuesOf<typeof CONSUME_FILTER>> {
  return {
    ...filter,
    byDefault: '`true`',
    read: (given, where) => {
      const fromEnv = env.REDIS_STREAMS_CONSUME;
      if (fromEnv !== undefined && fromEnv !== '' && fromEnv !== 'true' && fromEnv !== 'false') {
        fail('The environment variable REDIS_STREAMS_CONSUME', "'true' or 'false'", fromEnv);
      }
      if (fromEnv === 'false' || given === false) return false;
      if (given === undefined || given === true) return filter.read({}, where);
      if (typeof given !== 'object') fail(where, 'true, false or an object with streams or groups', given);
      return filter.read(given, where);
    },
  };
}
