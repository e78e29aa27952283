import { quoted } from '../../wire/quoted.js';
import { humanDuration } from './times.js';

/** What callers of the library call an option, and how it is written on the command line. */
const FLAGS: Readonly<Record<string, string>> = {
  addTimeoutMs: '--timeout',
  again: '--again',
  all: '--all',
  connection: '--url or REDIS_URL',
  copyTo: '--copy-to',
  copyTrimmed: '--copy-trimmed',
  delayMs: '--delay',
  force: '--force',
  forMs: '--for',
  group: '--group',
  ids: '--id',
  limit: '--limit',
  maxBacklog: '--max-backlog',
  olderThanMs: '--older-than',
  overMs: '--over',
  rate: '--rate',
  runAt: '--at',
  timeoutMs: '--wait',
  ttlMs: '--ttl',
};
const LIBRARY = 'nestjs-redis-streams';

type Rule = readonly [pattern: RegExp, words: string | ((...found: string[]) => string)];

/** In this order. */
const RULES: readonly Rule[] = [
  // Which call it was: whoever typed the command knows.
  [/^the (selection|range|options) of \w+\('.*?'\)(?=:? )/, (_, what) => `the ${what}`],
  [/^\w+\((?:'.*?')?\): /, ''],
  [/^rates: /, ''],
  [
    /^(?:the \w+: )?(\w+)Ms must be a whole number, (\d+) to (\d+), got (\d+)/,
    (_, name, ...bounds) => {
      const [least, most, got] = bounds.map((ms) => humanDuration(Number(ms)));
      return `${flagOf(`${name}Ms`)} must be ${least} to ${most}, got ${got}`;
    },
  ],
  [/^(?:the \w+: )?(\w+)(?=:? (?:must|has|is) )/, (_, name) => flagOf(name)],
  [/^(?:the \w+: )?ids: /, '--id: '],
  [/, or Infinity or 0 for/, ', or 0 for'],
  [/\{ (\w+): true \}/g, (_, name) => flagOf(name)],
  [/\b(force): true/g, (_, name) => flagOf(name)],
  [/must have from or to, or else --all/, 'must have --from or --to, or else --all'],
  [/\b[a-z]+(?:[A-Z][a-z]+)+\b/g, (name) => flagOf(name)],
  [
    /Wait for it with StreamOperations\.ended\('(.*)', '(.*)'\), or cancel it/,
    (_, stream, id) =>
      `Wait for it with: ${LIBRARY} operations ${quoted(stream)} --continue ${id}, or end it with: ${LIBRARY} operations ${quoted(stream)} --cancel ${id}`,
  ],
  [/StreamMonitor\.deadLetters\('(.*?)'\)/, (_, stream) => `${LIBRARY} dead ${quoted(stream)}`],
  [/as DeadLetters\.list tells it/, `as ${LIBRARY} dead tells it`],
  [/redis:\/\/user:password@host/, 'redis://host'],
  [/the connection option or REDIS_URL/, '--url or REDIS_URL'],
  [/the connection option/, '--url or REDIS_URL'],
];

/**
 * The library's messages name what its callers write in code. This is what whoever sits at the command line writes instead. What it does not
 * know stays as it is.
 */
export function commandWords(message: string): string {
  return RULES.reduce((text, [pattern, words]) => text.replace(pattern, words as string), message);
}

function flagOf(name: string): string {
  return Object.hasOwn(FLAGS, name) ? FLAGS[name]! : name;
}
