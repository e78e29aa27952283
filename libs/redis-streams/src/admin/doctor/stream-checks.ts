import type { StreamOverview } from '../overview/stream-overview.js';
import { type Finding, findings } from './finding.js';
import { quoted } from '../../wire/quoted.js';

/** What a stream was found to be like. */
export interface StreamFacts {
  readonly stats: StreamOverview;
  /** In epoch milliseconds, by Redis's clock. */
  readonly now: number;
  /** When the earliest retry of each group was, or is, due. */
  readonly retries: readonly { readonly group: string; readonly dueAt: number | undefined }[];
  readonly markedGroups: readonly string[];
  /** Dead letters of the last hour, counted up to a limit. */
  readonly recentlyDead: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Pure: what is to be said of it. */
export function streamFindings(facts: StreamFacts): Finding[] {
  return [workers, held, deadConsumers, overdue, lostGroups, deadLetters].map((check) => check(facts));
}

function about(code: string, title: string, { stats }: StreamFacts) {
  return findings({ code, title, stream: stats.stream });
}

function workers(facts: StreamFacts): Finding {
  const { pass, fail } = about('S01', 'workers', facts);
  const without = facts.stats.groups.filter(
    ({ backlog, pending, liveWorkers }) => backlog.count + pending > 0 && liveWorkers === 0,
  );
  if (without.length > 0) {
    return fail(
      `nobody works on what waits in ${names(without)}`,
      `start workers for it; where nobody needs the group any more: nestjs-redis-streams remove-group ${quoted(facts.stats.stream)} ${quoted(without[0]!.group)}`,
    );
  }
  if (facts.stats.groups.length === 0) return pass('no worker has started yet');
  return pass('whatever waits has workers');
}

function held(facts: StreamFacts): Finding {
  const { pass, warn } = about('S02', 'history', facts);
  const { heldBy, stream } = facts.stats;
  if (!heldBy || heldBy.ageMs < DAY_MS) return pass('nothing keeps the history from being trimmed for long');
  return warn(
    `has not been trimmed for ${Math.round(heldBy.ageMs / DAY_MS)} days, as the group '${heldBy.group}' has not finished ${heldBy.sinceEntryId}`,
    `see: nestjs-redis-streams pending ${quoted(stream)} --group ${quoted(heldBy.group)}; where nobody needs the group any more: nestjs-redis-streams remove-group ${quoted(stream)} ${quoted(heldBy.group)}`,
  );
}

function deadConsumers(facts: StreamFacts): Finding {
  const { pass, warn } = about('S03', 'dead workers', facts);
  const dead = facts.stats.groups.flatMap(({ group, consumers }) =>
    consumers
      .filter((one) => !one.isAlive && one.pending > 0 && one.idleMs > HOUR_MS)
      .map((one) => ({ ...one, group })),
  );
  if (dead.length === 0) return pass('no dead worker holds tasks');
  const list = dead.map(({ consumer, group, pending }) => `'${consumer}' in '${group}': ${pending}`).join(', ');
  return warn(
    `hold tasks for more than an hour (${list})`,
    `any living worker of the group takes them over: start one, or hand them over: nestjs-redis-streams remove-worker ${quoted(facts.stats.stream)} ${quoted(dead[0]!.consumer)} --group ${quoted(dead[0]!.group)}`,
  );
}

function overdue(facts: StreamFacts): Finding {
  const { pass, warn } = about('S04', 'due tasks', facts);
  const { now, retries, stats } = facts;
  const late = retries.filter(({ dueAt }) => dueAt !== undefined && now - dueAt > MINUTE_MS);
  if (late.length > 0)
    return warn(
      `retries in ${names(late)} are due for more than a minute`,
      'their workers are busy, or none is there: see groups',
    );
  if (stats.nextDueAt && now - stats.nextDueAt.getTime() > MINUTE_MS) {
    return warn(
      'a delayed task is due for more than a minute',
      'any process that consumes the stream, or adds to it, lets it in: start one',
    );
  }
  return pass('nothing that is due has waited for long');
}

function lostGroups(facts: StreamFacts): Finding {
  const { pass, warn } = about('S05', 'lost groups', facts);
  const there = new Set(facts.stats.groups.map(({ group }) => group));
  const lost = facts.markedGroups.filter((group) => !there.has(group));
  if (lost.length === 0) return pass('every group that has worked is still there');
  return warn(
    `${lost.map((group) => `'${group}'`).join(', ')} worked here and is gone: for a day nothing that it has not finished is trimmed`,
    'its workers bring it back when they start; nothing is to be done where it was removed on purpose',
  );
}

function deadLetters(facts: StreamFacts): Finding {
  const { pass, warn } = about('S06', 'dead letters', facts);
  const { stats, recentlyDead } = facts;
  if (stats.deadLetters === 0) return pass('no task was given up');
  if (recentlyDead === 0) return pass(`${stats.deadLetters} tasks were given up, none in the last hour`);
  return warn(
    `${recentlyDead} tasks were given up in the last hour, ${stats.deadLetters} are kept`,
    `see: nestjs-redis-streams dead '${stats.stream}' --summary`,
  );
}

function names(groups: readonly { readonly group: string }[]): string {
  return groups.map(({ group }) => `'${group}'`).join(', ');
}
