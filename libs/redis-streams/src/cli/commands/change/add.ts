import { Command, Option } from 'commander';
import type { AddOptions } from '../../../tasks/adding/add-options.js';
import { acts } from '../../command.js';
import { UsageError } from '../../exit-code.js';
import { parseDate, parseDuration } from '../../input/values/durations.js';
import { noGroups } from '../../input/known-stream.js';
import { parsePair } from '../../input/values/pairs.js';
import { payloadFrom } from '../../input/payload.js';
import { shortJson } from '../../output/short-json.js';
import type { Session } from '../../session.js';

interface AddCommandOptions {
  readonly field?: Readonly<Record<string, string>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly delay?: number;
  readonly at?: Date;
  readonly ttl?: number;
  readonly key?: string;
  readonly keyTtl?: number;
  readonly codec: 'fields' | 'json';
  readonly dryRun?: boolean;
}

/** Adds a task. */
export function addCommand(): Command {
  const command = new Command('add')
    .description('add a task, and print its id')
    .argument('<stream>')
    .argument('[payload]', 'as JSON; - reads it from standard input')
    .option('--field <name=value>', 'a field of the payload, a string; may be repeated, instead of JSON', parsePair)
    .option('--header <name=value>', 'a header; may be repeated', parsePair)
    .addOption(
      new Option('--delay <duration>', 'how long it waits before it enters the stream')
        .argParser(parseDuration)
        .conflicts('at'),
    )
    .option('--at <date>', 'when it enters the stream', parseDate)
    .option('--ttl <duration>', 'how long it is good for', parseDuration)
    .option('--key <key>', 'an idempotency key: added again with the same, it is one task')
    .option('--key-ttl <duration>', 'how long the key is kept', parseDuration)
    .addOption(
      new Option('--codec <codec>', 'how the payload is written').choices(['fields', 'json']).default('fields'),
    )
    .option('--dry-run', 'only print what would be added');
  return acts<AddCommandOptions>(command, async (session, options, stream, given) => {
    if (options.keyTtl !== undefined && options.key === undefined) throw new UsageError('--key-ttl is of a --key.');
    const payload = await payloadFrom(given, options.field);
    const addOptions = asAddOptions(options);
    const { out } = session;
    if (options.dryRun) {
      if (out.isJson) return out.object({ dryRun: true, stream, payload, options: addOptions });
      return out.text(`would add to '${stream}': ${shortJson(payload)}`);
    }
    const { producer } = await session.streams({ codec: options.codec });
    const id = await producer.add(stream, payload, addOptions);
    await (out.isJson ? out.object({ stream, id }) : out.text(id));
    await warnOfNobody(session, stream);
  });
}

/** A misspelt name makes a new stream, which nobody reads. */
async function warnOfNobody(session: Session, stream: string): Promise<void> {
  const { monitor } = await session.streams();
  // Whoever may only add cannot be told.
  const groups = await monitor.stats(stream).then(
    (stats) => stats.groups,
    () => undefined,
  );
  if (groups?.length !== 0) return;
  session.out.say(
    `warning: ${noGroups(stream)} If the name is misspelt: nestjs-redis-streams stats tells all that there are.`,
  );
}

function asAddOptions({ header, delay, at, ttl, key, keyTtl }: AddCommandOptions): AddOptions {
  return {
    ...(header !== undefined && { headers: header }),
    ...(delay !== undefined && { delayMs: delay }),
    ...(at !== undefined && { runAt: at }),
    ...(ttl !== undefined && { ttlMs: ttl }),
    ...(key !== undefined && { idempotency: { key, ...(keyTtl !== undefined && { ttlMs: keyTtl }) } }),
  };
}
