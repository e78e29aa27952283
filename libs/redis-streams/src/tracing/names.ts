/**
 * Every name that a trace of this library has: OpenTelemetry's conventions for messaging are in development, and where they change, this file does. What
 * they do not name begins with `redis_streams.`, which is ours. docs/tracing.md has the table, written from here.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/, as of 1.45.0
 */

/** What is traced, and the type that the conventions give it. Spans are called `<operation> <stream>`. */
export const OPERATION_TYPES = {
  send: 'send',
  create: 'create',
  redrive: 'send',
  replay: 'send',
  process: 'process',
  ack: 'settle',
  retry: 'settle',
  release: 'settle',
  dead_letter: 'settle',
} as const;

export type Operation = keyof typeof OPERATION_TYPES;

/** What came of an attempt. */
export type AttemptOutcome =
  'completed' | 'retried' | 'dead_lettered' | 'cancelled' | 'expired' | 'released' | 'lease_lost';

interface Attribute {
  readonly name: string;
  /** Which spans have it, as people say it. */
  readonly on: string;
  readonly tells: string;
}

const attributes = <Key extends string>(all: Record<Key, Attribute>): Readonly<Record<Key, Attribute>> => all;

export const ATTRIBUTES = attributes({
  system: { name: 'messaging.system.name', on: 'all', tells: '`redis_streams`' },
  formerSystem: {
    name: 'messaging.system',
    on: 'all',
    tells: 'the same, as the conventions called it before 1.45; not with `OTEL_SEMCONV_STABILITY_OPT_IN=messaging`',
  },
  destination: { name: 'messaging.destination.name', on: 'all', tells: 'the stream' },
  operation: { name: 'messaging.operation.name', on: 'all', tells: 'what the span’s name begins with' },
  operationType: { name: 'messaging.operation.type', on: 'all', tells: '`send`, `create`, `process` or `settle`' },
  messageId: { name: 'messaging.message.id', on: 'all of one task', tells: 'the task’s id; known once Redis has it' },
  batchSize: {
    name: 'messaging.batch.message_count',
    on: 'send, of many',
    tells: 'how many tasks `addBulk` was given',
  },
  group: { name: 'messaging.consumer.group.name', on: 'process, settle', tells: 'the group' },
  client: { name: 'messaging.client.id', on: 'process', tells: 'the worker, as XINFO CONSUMERS names it' },
  task: { name: 'redis_streams.task', on: 'process', tells: 'the handler, as in `OcrWorker.handle`' },
  entryId: { name: 'redis_streams.entry_id', on: 'process', tells: 'the entry’s id, where it is not the task’s' },
  deliveryCount: {
    name: 'redis_streams.message.delivery_count',
    on: 'process, dead_letter',
    tells: 'runs that were started on the task, this one included',
  },
  waitMs: {
    name: 'redis_streams.wait_ms',
    on: 'process, of a first delivery',
    tells: 'how long the task waited in its stream, or since it was redriven or replayed, in milliseconds',
  },
  operationId: {
    name: 'redis_streams.operation_id',
    on: 'redrive, replay, process of what lives again',
    tells: 'the bulk action',
  },
  redriveCount: {
    name: 'redis_streams.redrive.count',
    on: 'process, of a redriven task',
    tells: 'how often the task has been redriven',
  },
  replayed: { name: 'redis_streams.replayed', on: 'process, of a replayed task', tells: '`true`' },
  schedule: { name: 'redis_streams.schedule', on: 'process', tells: 'the schedule that made the task' },
  outcome: {
    name: 'redis_streams.outcome',
    on: 'process',
    tells:
      '`completed`, `retried`, `dead_lettered`, `cancelled`, `expired`, `released` (handed back at shutdown) or `lease_lost`; missing where Redis never said',
  },
  error: { name: 'error.type', on: 'what has failed', tells: 'the name of the error; `_OTHER` beyond fifty of them' },
  retryDelayMs: { name: 'redis_streams.retry.delay_ms', on: 'retry', tells: 'until the next attempt, in milliseconds' },
  deadLetterReason: {
    name: 'redis_streams.dead_letter.reason',
    on: 'dead_letter',
    tells: 'as the header `~dead-reason` says it',
  },
  deadLetterKept: {
    name: 'redis_streams.dead_letter.kept',
    on: 'dead_letter',
    tells: '`false` where the handler has `deadLetter: false`',
  },
  takenOverFrom: {
    name: 'redis_streams.taken_over_from',
    on: 'the event of that name',
    tells: 'the worker that had the task, and died',
  },
});

/** An event of the process span. */
export const TAKEN_OVER = 'redis_streams.taken_over';

const SYSTEM = 'redis_streams';

/** What names the system, by what the environment asks for. @param optIn OTEL_SEMCONV_STABILITY_OPT_IN */
export function systemAttributes(optIn = ''): Readonly<Record<string, string>> {
  const isStableOnly = optIn.split(',').some((part) => part.trim() === 'messaging');
  return { [ATTRIBUTES.system.name]: SYSTEM, ...(!isStableOnly && { [ATTRIBUTES.formerSystem.name]: SYSTEM }) };
}
