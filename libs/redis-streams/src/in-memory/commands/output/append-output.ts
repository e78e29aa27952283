import type { OutputFlush, OutputReply } from '../../../model/ports/output.js';
import { OUTPUT_KINDS } from '../../../wire/tasks/output.js';
import { groupOf, type StoredMember } from '../../store/stored-member.js';
import { holds } from './holds.js';

/** As the script does. */
export function appendOutput(member: StoredMember, flushes: readonly OutputFlush[]): OutputReply {
  groupOf(member);
  const tasks = member.stream.tasksOf(member.group);
  const appended: string[] = [];
  const lost = new Set<string>();
  for (const flush of flushes) {
    const { entryId, run, from, entries } = flush;
    const output = tasks.outputOf(entryId);
    const [topRun, done] = output.at(-1)?.id.split('-') ?? [run];
    if (topRun !== run || !holds(member, flush)) {
      lost.add(entryId);
      continue;
    }
    if (done === undefined) {
      output.push({ id: `${run}-0`, fields: [from === 1 ? OUTPUT_KINDS.begin : OUTPUT_KINDS.gap, ''] });
    }
    for (let i = 0; i < entries.length; i += 2) {
      const n = from + i / 2;
      if (n > Number(done ?? 0)) output.push({ id: `${run}-${n}`, fields: entries.slice(i, i + 2) });
    }
    appended.push(entryId);
  }
  return { lost, watched: tasks.watchedAmong(appended) };
}
