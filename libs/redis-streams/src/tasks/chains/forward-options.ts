import { assertKnownKeys, plainObject } from '../../options/checks/option-checks.js';
import { INSTEAD_OF_FORWARD_OPTIONS } from '../../options/tables/foreign-options.js';
import type { AddOptions } from '../adding/add-options.js';

/** Options of `context.forward`. */
export interface ForwardOptions extends Pick<AddOptions, 'headers' | 'ttlMs' | 'deadlineAt'> {
  /**
   * Strings that travel beside the payload. Those of the task that carry trace context (`traceparent`, `tracestate`, `baggage`) are passed on where
   * these have no other; its other headers are not. Default none.
   */
  headers?: Readonly<Record<string, string>>;
  /** How long the task is good for, in milliseconds from when it is added. Default: as long as the one that forwards it; 1 to 315,360,000,000. */
  ttlMs?: number;
  /** The same as a time, by Redis's clock. Instead of `ttlMs`. Default: the deadline of the task that forwards it; within ten years. */
  deadlineAt?: Date;
}

const NAMES: readonly (keyof ForwardOptions)[] = ['headers', 'ttlMs', 'deadlineAt'];

/** @throws RedisStreamsConfigError for an unknown option; the values are still to be checked */
export function knownForwardOptions(given: object | undefined): ForwardOptions {
  if (given === undefined) return {};
  const options = plainObject(given, 'The options of forward') as ForwardOptions;
  assertKnownKeys(options, NAMES, 'the options of forward', INSTEAD_OF_FORWARD_OPTIONS);
  return options;
}
