import { z } from 'zod';

export interface Config {
  /** The address that the API listens on. */
  readonly host: string;
  readonly port: number;
  readonly redisUrl: string;
  readonly streamPrefix: string;
  readonly failRate: number;
  readonly slowMs: number;
  /** How long documents and answers are kept; the queue keeps results for at most 30 days. */
  readonly documentTtlSeconds: number;
  /** How long the local chat thinks about each word, in milliseconds. */
  readonly chatWordMs: number;
  /** Signs the cookies that callers are known by; undefined lets each process make up its own. */
  readonly callerSecret: string | undefined;
  /** Spans are told on the console. */
  readonly hasConsoleTraces: boolean;
  /** Where models are asked; undefined lets local algorithms do the work. */
  readonly openAi: OpenAiConfig | undefined;
}

export interface OpenAiConfig {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly chatModel: string;
  readonly embeddingModel: string;
}

/** The injection token of the app's Config. */
export const CONFIG = Symbol('config');

const DAY_SECONDS = 86_400;

const ENVIRONMENT = z.object({
  HOST: z.string().trim().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535).default(3_000),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\/\S+$/, 'must be a URL such as redis://127.0.0.1:6379 (rediss:// for TLS)')
    .default('redis://127.0.0.1:6379'),
  STREAM_PREFIX: z
    .string()
    .regex(/^[^{}]{1,256}$/, 'must have no braces and at most 256 characters, such as staging:')
    .default(''),
  FAIL_RATE: z.coerce
    .number('must be a number from 0 to 1')
    .min(0, 'must be 0 or more')
    .max(1, 'must be at most 1')
    .default(0),
  SLOW_MS: wholeNumber(0, 3_600_000).default(0),
  DOCUMENT_TTL_SECONDS: wholeNumber(60, 30 * DAY_SECONDS).default(7 * DAY_SECONDS),
  CHAT_WORD_MS: wholeNumber(0, 10_000).default(60),
  CALLER_SECRET: z.string().min(16, 'must have at least 16 characters').optional(),
  TRACES: z.enum(['console', 'none'], "must be 'console' or 'none'").default('none'),
  OPENAI_BASE_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL such as http://127.0.0.1:11434/v1' })
    .optional(),
  OPENAI_API_KEY: z.string().default('none'),
  OPENAI_CHAT_MODEL: z.string().default('gpt-4o-mini'),
  OPENAI_EMBEDDING_MODEL: z.string().default('text-embedding-3-small'),
  // Read by the library; checked here too, so that one message tells everything that is wrong.
  REDIS_STREAMS_CONSUME: z.enum(['true', 'false'], "must be 'true' or 'false'").optional(),
});

/** An environment that the app cannot start with; the message says what to change. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
}

/**
 * Reads the app's configuration. An empty variable counts as unset.
 * @throws EnvironmentError naming every wrong variable
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = ENVIRONMENT.safeParse(given);
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')} ${message}`);
    throw new EnvironmentError(
      `The environment is not usable:\n${lines.join('\n')}\nCorrect these variables, or unset them for their defaults.`,
    );
  }
  const env = parsed.data;
  return {
    host: env.HOST,
    port: env.PORT,
    redisUrl: env.REDIS_URL,
    streamPrefix: env.STREAM_PREFIX,
    failRate: env.FAIL_RATE,
    slowMs: env.SLOW_MS,
    documentTtlSeconds: env.DOCUMENT_TTL_SECONDS,
    chatWordMs: env.CHAT_WORD_MS,
    callerSecret: env.CALLER_SECRET,
    hasConsoleTraces: env.TRACES === 'console',
    openAi:
      env.OPENAI_BASE_URL === undefined
        ? undefined
        : {
            baseUrl: env.OPENAI_BASE_URL,
            apiKey: env.OPENAI_API_KEY,
            chatModel: env.OPENAI_CHAT_MODEL,
            embeddingModel: env.OPENAI_EMBEDDING_MODEL,
          },
  };
}

function wholeNumber(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
}
