import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import type { StreamRates } from '../../../admin/stream-rates.js';
import type { StreamOverview } from '../../../admin/overview/stream-overview.js';
import type { StreamMonitor } from '../../../admin/stream-monitor.js';
import { acts } from '../../command.js';
import { EXIT, type ExitCode } from '../../exit-code.js';
import { parseDuration } from '../../input/values/durations.js';
import { type Limit, parseLimit } from '../../input/limits.js';
import { allStreams, isThere, noSuchStream } from '../../input/known-stream.js';
import type { Session } from '../../session.js';
import { statsColumns, statsJson, statsRows } from '../../view/stats-view.js';

interface StatsOptions {
  readonly over?: number;
  readonly watch?: number | true;
  readonly failOn?: readonly Limit[];
  readonly criticalOn?: readonly Limit[];
}

const WATCH_EVERY_MS = 2_000;
/** So many streams are asked about at once. */
const AT_ONCE = 8;

/** How streams and their groups are. */
export function statsCommand(): Command {
  const command = new Command('stats')
    .description('how streams and their groups are: of those named, or of all under the prefix')
    .argument('[streams...]', 'without any, all keys are looked at for streams: about half a second for a million keys')
    .option('--over <duration>', 'measure for so long what comes in and goes out', parseDuration)
    .option('--watch [every]', 'again and again, until Ctrl-C (default: every 2s)', parseDuration)
    .option(
      '--fail-on <limit>',
      'exit with 3 where a group has reached it, such as waiting>1000, oldest>5m, dead>0, workers<1 or state=no-live-worker; may be repeated',
      parseLimit,
    )
    .option('--critical-on <limit>', 'the same, exit with 4', parseLimit);
  return acts<StatsOptions>(command, async (session, options, ...names) => {
    const { monitor } = await session.streams();
    if (options.watch === undefined) return show(session, monitor, names, options);
    const everyMs = options.watch === true ? WATCH_EVERY_MS : options.watch;
    for (;;) {
      await show(session, monitor, names, { ...options, over: everyMs });
      session.signal.throwIfAborted();
    }
  });
}

async function show(
  session: Session,
  monitor: StreamMonitor,
  names: readonly string[],
  { over, watch, failOn = [], criticalOn = [] }: StatsOptions,
): Promise<ExitCode> {
  const { out, signal } = session;
  const streams = names.length > 0 ? names : await allStreams(session);
  // Of nothing there are no rates to wait for.
  if (watch !== undefined && streams.length === 0) await sleep(over, undefined, { signal });
  const looks = await inTurns(streams, async (stream) => {
    const rates = over === undefined ? undefined : await monitor.rates(stream, { overMs: over, signal });
    return { overview: await monitor.overview(stream), rates };
  });
  if (watch !== undefined && out.isTerminal && !out.isJson)
    await out.text('\u001b[2J\u001b[H' + new Date().toISOString());
  await tell(session, looks);
  const rows = looks.flatMap((look) => statsRows(look.overview, look.rates));
  for (const [limits, code] of [
    [criticalOn, EXIT.critical],
    [failOn, EXIT.warning],
  ] as const) {
    const found = rows.flatMap((row) =>
      limits
        .filter((limit) => limit.isReached(row))
        .map((limit) => `${row.stream.stream} ${row.group?.group ?? ''}: ${limit.text}`),
    );
    for (const words of found) out.say(words);
    if (found.length > 0) return code;
  }
  const missing = looks.filter(({ overview }) => !isThere(overview));
  for (const { overview } of missing) out.say(noSuchStream(overview.stream));
  return missing.length > 0 ? EXIT.failed : EXIT.done;
}

async function tell(
  session: Session,
  looks: readonly { overview: StreamOverview; rates: StreamRates | undefined }[],
): Promise<void> {
  const { out } = session;
  if (out.isJson)
    return out.object({ at: new Date(), streams: looks.map(({ overview, rates }) => statsJson(overview, rates)) });
  if (looks.length === 0) return out.say('There are no streams here: is this the right Redis, database and --prefix?');
  const rows = looks.flatMap(({ overview, rates }) => statsRows(overview, rates));
  await out.table(statsColumns(out), rows);
}

async function inTurns<Item, Result>(items: readonly Item[], ask: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let n = 0; n < items.length; n += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(n, n + AT_ONCE).map(ask))));
  }
  return results;
}
