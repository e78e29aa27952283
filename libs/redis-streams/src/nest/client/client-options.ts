import { CLIENT_OPTIONS, type ClientConnectionOptions } from '../../options/client-options.js';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { bool, integer } from '../../options/checks/kinds.js';
import { assertKnownKeys, plainObject } from '../../options/checks/option-checks.js';
import { readOptions, type TableOf, type ValuesOf } from '../../options/checks/option.js';
import { TASK_OPTIONS } from '../../tasks/status/task-options.js';

/** How a `RedisStreamsClient` sends. */
export interface SendOptions {
  /** The group whose handler replies. Default `'workers'`. */
  group?: string;
  /**
   * How long a reply may take, in milliseconds: the task's deadline as well, after which it is not started any more, and stopped where it
   * runs. Default 30,000; 1 to 1,000,000,000.
   */
  timeoutMs?: number;
  /** Whether to cancel the task when its subscriber leaves before the end. Default false: it goes on. */
  cancelOnUnsubscribe?: boolean;
}

const SEND_OPTIONS = {
  ...TASK_OPTIONS,
  timeoutMs: integer({ byDefault: 30_000, min: 1, max: 1_000_000_000 }),
  cancelOnUnsubscribe: bool(false),
} satisfies TableOf<SendOptions>;

export type ResolvedSendOptions = ValuesOf<typeof SEND_OPTIONS>;

const WHERE = 'RedisStreamsClient options';

/** @throws RedisStreamsConfigError for an unknown option, the first wrong one, and for connections of its own beside `via` */
export function checkedClientOptions(given: object | undefined) {
  const options = plainObject(given, WHERE);
  assertKnownKeys(options, [...Object.keys(SEND_OPTIONS), 'via', ...CLIENT_OPTIONS], WHERE);
  const names = CLIENT_OPTIONS.filter((name) => options[name] !== undefined);
  if (options.via !== undefined && names.length > 0) {
    throw new RedisStreamsConfigError(
      `${WHERE}: ${names.join(', ')} beside via: a client that uses another's connections has none of its own. Take one of them out.`,
    );
  }
  const connection: ClientConnectionOptions = Object.fromEntries(names.map((name) => [name, options[name]]));
  return { send: readOptions(SEND_OPTIONS, options, `${WHERE}: `), connection };
}
