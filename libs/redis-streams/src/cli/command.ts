import { type Command, Option } from 'commander';
import { withTimes } from './input/values/ago.js';
import { parseDuration } from './input/values/durations.js';
import { type ActionTraits, runAction } from './run-action.js';
import type { CommonOptions, Session } from './session.js';
import type { ExitCode } from './exit-code.js';
import { TIME_FORMS } from './output/times.js';

/** What a command does. @returns what the process ends with; undefined: 0 */
export type Action<Options> = (
  session: Session,
  options: Options & CommonOptions,
  ...args: string[]
) => Promise<ExitCode | void>;

/** Gives a command its action, and the options that all have. */
export function acts<Options>(command: Command, action: Action<Options>, traits: ActionTraits = {}): Command {
  return withCommonOptions(command).action(async (...given: unknown[]) => {
    // Commander hands over the arguments, the options and the command.
    const args = given.slice(0, -2) as string[];
    const options = { ...command.opts<Options & CommonOptions>(), ...givenBefore(command) };
    await runAction(options, traits, async (session) =>
      action(session, await withTimes(session, options, args.flat()[0]), ...args.flat()),
    );
  });
}

/** What was given before the name of the command, and not once more behind it. */
function givenBefore(command: Command): Partial<CommonOptions> {
  const program = command.parent!;
  const given = Object.entries(program.opts()).filter(
    ([name]) => program.getOptionValueSource(name) === 'cli' && command.getOptionValueSource(name) !== 'cli',
  );
  return Object.fromEntries(given);
}

/** May be written before the name of a command and behind it. */
export function withCommonOptions(command: Command): Command {
  return command
    .optionsGroup('Common options:')
    .option(
      '--url <url>',
      'where Redis is, without a password (default: REDIS_URL of the environment, else redis://127.0.0.1:6379)',
    )
    .option('--cluster', 'it is a Redis Cluster, and the URL that of any of its nodes')
    .option('--prefix <prefix>', 'the option prefix of your application')
    .addOption(
      new Option('--timeout <duration>', 'longest wait for an answer of Redis')
        .argParser(parseDuration)
        .default(5_000, '5s'),
    )
    .option('--json', 'for machines: one object, or an object a line')
    .addOption(new Option('--time <form>', 'how times are told in tables').choices(TIME_FORMS).default('relative'))
    .option('--no-color', 'no colours; nor are there any with NO_COLOR in the environment, or off a terminal');
}
