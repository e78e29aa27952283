import { setTimeout as wait } from 'node:timers/promises';
import { type Audit, audit } from './audit.js';
import type { ChaosOptions } from './chaos-options.js';
import { now } from './clock.js';
import { drain, type DrainResult } from './drain.js';
import { inject } from './faults/inject.js';
import { historyOf } from './ledger.js';
import { readTaskEnds } from './life/task-ends.js';
import { makePlan, type PlannedFault } from './plan.js';
import { recoveryTimes } from './recovery-times.js';
import { makeReport, type Report } from './report.js';
import { silenceOfAdds, workerSilences } from './silence.js';
import { STREAMS } from './streams.js';
import { System } from './system.js';
import { auditTraffic } from './traffic/audit/audit-traffic.js';
import { REMINDERS } from './traffic/kinds.js';
import { handlerTimes } from './tasks.js';
import { together } from './together.js';

const PROGRESS_EVERY_MS = 5_000;

/** One run from start to report: start all, break what the plan says, drain, audit. */
export async function runChaos(options: ChaosOptions, say: (line: string) => void): Promise<Report> {
  const plan = makePlan(options);
  const system = await System.start(options, now);
  const zero = now();
  const elapsed = () => `${((now() - zero) / 1_000).toFixed(1).padStart(5)} s`;
  system.logged = (worker, level, text) => {
    if (level === 'warn' || level === 'error') say(`${elapsed()}    ${worker} ${level}: ${text}`);
  };
  const progress = setInterval(() => say(`${elapsed()}  ${summary(system)}`), PROGRESS_EVERY_MS);
  const under = plan.map(async (fault) => {
    await wait(fault.atMs - (now() - zero));
    say(`${elapsed()}  ${describe(fault)}`);
    await inject(system, fault);
  });
  await Promise.all([...under, wait(options.runMs)]);
  say(`${elapsed()}  faults are over, draining`);
  const drained = await drain(system, options.drainMs);
  clearInterval(progress);
  const audited = await auditAll(system, options, drained);
  const traffic = await findInTraffic(system, options, drained, zero);
  system.topology.stop();
  const { ledger, journal, readyAt } = system;
  const slowest = ledger.entries.get(audited.worstStartDelay?.entryId ?? '');
  if (slowest) {
    say(`The entry that waited longest for its start: ${slowest.id}`);
    for (const line of historyOf(slowest, zero)) say(line);
  }
  const recovery = recoveryTimes(ledger, journal, readyAt);
  const silences = {
    workers: workerSilences(ledger, journal, readyAt),
    adds: silenceOfAdds(ledger, journal, drained.addedUntil),
  };
  return makeReport({ options, system, audit: audited, traffic, recovery, silences, drained, zero });
}

async function auditAll(system: System, { leaseMs }: ChaosOptions, { states }: DrainResult): Promise<Audit> {
  const { topology, journal } = system;
  const tasks = new Map(STREAMS.map((stream) => [stream, system.ledgerOf(stream).accepted.map(({ id }) => id)]));
  const ends = await readTaskEnds(topology.connection, tasks);
  const { timeoutMs, abortGraceMs } = handlerTimes(leaseMs);
  const audits = STREAMS.map((stream) => {
    const books = { ledger: system.ledgerOf(stream), state: states.get(stream)!, ends: ends.get(stream)! };
    return audit(books, journal, timeoutMs + abortGraceMs);
  });
  // Only the plain tasks' times say anything: the others are made to wait.
  return { ...together(audits), worstStartDelay: audits[0]!.worstStartDelay };
}

async function findInTraffic(system: System, options: ChaosOptions, { left, readAt }: DrainResult, zero: number) {
  const { traffic, isCluster } = options;
  const { topology, traffic: books, journal, readyAt } = system;
  const delayed = books.factsOf('delayed').filter((fact) => fact.what === 'added');
  const ids = new Map([[REMINDERS, delayed.map(({ id }) => id)]]);
  const ends = (await readTaskEnds(topology.connection, ids)).get(REMINDERS)!;
  return auditTraffic(traffic, { isCluster, books, journal, left, ends, readyAt, zero, until: readAt });
}

function summary({ ledger, chats, traffic }: System): string {
  let runs = 0;
  for (const entry of ledger.entries.values()) runs += entry.runs.length;
  return `${ledger.entries.size} entries, ${runs} runs, ${chats.entries.size} chats, ${traffic.done} runs of other traffic, ${ledger.waits.size + chats.waits.size} waits, ${ledger.unknown.size} adds unknown, ${ledger.unreplicated.size} unreplicated, ${ledger.refused.size} refused`;
}

function describe({ kind, target, durationMs }: PlannedFault): string {
  const where = typeof target === 'number' ? ` w${target}` : '';
  return `${kind}${where}${durationMs > 0 ? ` for ${durationMs} ms` : ''}`;
}
