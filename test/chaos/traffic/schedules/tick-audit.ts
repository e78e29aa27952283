import { SHARED_FAULTS } from '../../fault-kinds.js';
import { type Evidence, type Finding, mayBeLost, repeatsIn } from '../audit/evidence.js';
import { TICK_EVERY_MS, TICKS } from '../kinds.js';
import type { LeftEntry } from '../audit/left.js';
import { percentiles } from '../audit/percentiles.js';

/** How long after a fault nobody may propose: connections come back one after the other. */
const RECOVERED_WITHIN_MS = 3_000;
/** The task of a tick so shortly before the end may not be there yet. */
const LATEST_MS = 2_000;

/** Each tick from the first one to the end has made one task. Only where nobody could propose it before the next one came, it has made none. */
export function auditTicks(evidence: Evidence): Finding {
  const made = new Map([...evidence.left.get(TICKS)!].map(([name, entries]) => [Number(name), entries]));
  const first = Math.min(...made.keys());
  const broken = made.size === 0 ? ['no tick has made a task'] : [];
  let missedWhileBroken = 0;
  for (let tick = first; tick <= evidence.until - LATEST_MS; tick += TICK_EVERY_MS) {
    if (made.has(tick)) continue;
    if (nobodyCould(evidence, tick)) missedWhileBroken++;
    else broken.push(`the tick at ${tick}, the ${1 + (tick - first) / TICK_EVERY_MS}th, has made no task`);
  }
  for (const [tick, entries] of made) broken.push(...flawsOf(evidence, tick, entries));
  const late = [...made].map(([tick, [entry]]) => entry!.enteredAt - tick);
  const figures = {
    ...{ ticks: made.size, missedWhileBroken, lateMs: percentiles(late) },
    repeats: repeatsIn(evidence, TICKS, evidence.left.get(TICKS)!.keys()),
  };
  return { figures, broken: { 'each tick makes one task': broken } };
}

/** Whether Redis was broken, or every worker, at some time before the next tick was due. */
function nobodyCould({ journal, readyAt }: Evidence, tick: number): boolean {
  const until = tick + TICK_EVERY_MS;
  const faults = journal.during(tick - RECOVERED_WITHIN_MS, until);
  if (faults.some(({ kind }) => SHARED_FAULTS.has(kind) && kind !== 'group-destroy')) return true;
  return ![...readyAt].some(([worker, at]) => {
    const diesAt = journal.deaths.get(worker)?.at ?? Infinity;
    return at <= tick && diesAt >= until && !faults.some((fault) => fault.worker === worker);
  });
}

function flawsOf(evidence: Evidence, tick: number, entries: readonly LeftEntry[]): string[] {
  const ids = entries.map(({ id }) => id);
  const flaws: string[] = [];
  if (ids.length > 1) flaws.push(`the tick at ${tick} has made ${ids.length} tasks, ${ids.join(' and ')}`);
  for (const { id, enteredAt } of entries) if (enteredAt < tick) flaws.push(`${id} is before its tick, ${tick}`);
  for (const { entryId, startedAt } of evidence.books.runsOf(TICKS, String(tick))) {
    if (!ids.includes(entryId) && !mayBeLost(evidence, startedAt, startedAt))
      flaws.push(`the tick at ${tick} has made ${entryId}, too, which is gone`);
  }
  return flaws;
}
