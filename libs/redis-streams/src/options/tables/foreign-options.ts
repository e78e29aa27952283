import type { Instead } from '../checks/option-checks.js';

/** What is said of options that people know from other queues. */

const NO_PRIORITY = 'a stream is read in order: give urgent tasks a stream of their own';
const RETENTION = 'what has finished stays as @StreamHandler’s retention says ({ maxEntries, maxAgeMs })';

export const INSTEAD_OF_ADD_OPTIONS: Instead = {
  delay: 'set delayMs, or runAt',
  delaySeconds: 'set delayMs',
  eta: 'set runAt',
  attempts: 'set retry: { maxDeliveries } in @StreamHandler',
  backoff: 'set retry: { backoff } in @StreamHandler',
  timeout: 'set timeoutMs in @StreamHandler',
  ttl: 'set ttlMs',
  expires: 'set ttlMs',
  expiresIn: 'set ttlMs',
  deadline: 'set deadlineAt',
  jobId: 'set idempotency: { key }; the id is the one that add returns',
  deduplication: 'set idempotency: { key, ttlMs }',
  idempotencyKey: 'set idempotency: { key }',
  idempotencyKeyTTL: 'set idempotency: { key, ttlMs }',
  removeOnComplete: RETENTION,
  removeOnFail: 'set deadLetter: false or { maxLen } in @StreamHandler',
  priority: NO_PRIORITY,
  lifo: NO_PRIORITY,
  repeat: 'add the task from a schedule, such as @nestjs/schedule’s @Cron',
};

const NO_DELAY =
  'forward it now, with the time in its payload, and let its handler throw RetryLaterError(ms) until then, which costs no delivery';

export const INSTEAD_OF_FORWARD_OPTIONS: Instead = {
  ...INSTEAD_OF_ADD_OPTIONS,
  delay: NO_DELAY,
  delaySeconds: NO_DELAY,
  eta: NO_DELAY,
  delayMs: NO_DELAY,
  runAt: NO_DELAY,
  idempotency: 'leave it out: there is exactly one successor for each forward of a task anyway',
};

export const INSTEAD_OF_HANDLER_OPTIONS: Instead = {
  attempts: 'set retry: { maxDeliveries }',
  maxDeliveries: 'set retry: { maxDeliveries }',
  maxRetriesPerRequest: 'set it in forRoot’s connection',
  retries: 'set retry: { maxDeliveries }, which counts the first run, too',
  backoff: 'set retry: { backoff }',
  lockDuration: 'set leaseMs',
  visibilityTimeout: 'set leaseMs',
  stalledInterval: 'set leaseMs',
  returnValue: 'set result: { ttlMs }',
  removeOnComplete: 'set retention: { maxEntries, maxAgeMs }',
  removeOnFail: 'set deadLetter: false or { maxLen }',
  priority: NO_PRIORITY,
  delay: 'throw RetryLaterError(ms) in the handler',
  name: 'set group, if the consumer group is meant',
  consumerGroup: 'set group',
};

export const INSTEAD_OF_RETRY_OPTIONS: Instead = {
  attempts: 'set maxDeliveries, which counts the first run, too',
  maxAttempts: 'set maxDeliveries, which counts the first run, too',
  retries: 'set maxDeliveries, which counts the first run, too',
  delay: 'set backoff: { initialMs }',
};

export const INSTEAD_OF_BACKOFF_OPTIONS: Instead = {
  type: 'it is exponential; factor: 1 keeps the wait constant',
  delay: 'set initialMs',
  maxDelay: 'set maxMs',
};

const REDIS = 'set connection: a redis:// URL, ioredis options such as { host, port }, or a factory';

export const INSTEAD_OF_MODULE_OPTIONS: Instead = {
  url: REDIS,
  host: REDIS,
  port: REDIS,
  redis: REDIS,
  config: REDIS,
  keyPrefix: 'set prefix',
  defaultJobOptions: 'set handlerDefaults',
};

/** What a connection of another client, or a misread one of ioredis, is written as. */
export const INSTEAD_OF_CONNECTION_OPTIONS: Instead = {
  url: "write the URL itself, as in connection: 'redis://host:6379'",
  uri: "write the URL itself, as in connection: 'redis://host:6379'",
  connectionString: "write the URL itself, as in connection: 'redis://host:6379'",
  socket: 'write host and port beside it, not inside',
  hostname: 'write host',
  database: 'write db',
  user: 'write username',
  pass: 'write password',
  auth: 'write username and password',
  ssl: 'write tls: {}',
  startupNodes: 'write { nodes: [{ host, port }] }',
  rootNodes: 'write { nodes: [{ host, port }] }',
  redisOptions: 'write { nodes, options: { redisOptions } }',
};
