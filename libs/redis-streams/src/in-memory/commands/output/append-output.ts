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
    const [topRun, top] = output.at(-1)?.id.split('-') ?? ['0', '0'];
    if (Number(topRun) > Number(run) || !holds(member, flush)) {
      lost.add(entryId);
      continue;
    }
    if (topRun !== run) output.push({ id: `${run}-0`, fields: [OUTPUT_KINDS.begin, ''] });
    const done = topRun === run ? Number(top) : 0;
    if (from - 1 > done) output.push({ id: `${run}-${from - 1}`, fields: [OUTPUT_KINDS.gap, ''] });
    for (let i = 0; i < entries.length; i += 2) {
      const n = from + i / 2;
      if (n > done) output.push({ id: `${run}-${n}`, fields: entries.slice(i, i + 2) });
    }
    appended.push(entryId);
  }
  return { lost, watched: tasks.watchedAmong(appended) };
}
