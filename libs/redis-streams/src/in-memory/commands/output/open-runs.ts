import type { OpenRunCommand } from '../../../model/ports/output.js';
import { OUTPUT_KINDS } from '../../../wire/tasks/output.js';
import { groupOf, type StoredMember } from '../../store/stored-member.js';
import { holds } from './holds.js';

/** As the script does; nothing goes by itself here. */
export function openRuns(member: StoredMember, commands: readonly OpenRunCommand[]): ReadonlyMap<string, string> {
  groupOf(member);
  const tasks = member.stream.tasksOf(member.group);
  const opened = new Map<string, string>();
  for (const command of commands.filter((each) => holds(member, each))) {
    const output = tasks.outputOf(command.entryId);
    const begin = `${command.deliveryCount} ${member.consumer}`;
    const top = output.at(-1);
    const before = Number(top?.id.split('-')[0] ?? 0);
    const isBegun = top?.id === `${before}-0` && top.fields[1] === begin;
    const run = isBegun ? before : Math.max(member.stream.clock.now, before + 1);
    if (!isBegun) output.push({ id: `${run}-0`, fields: [OUTPUT_KINDS.begin, begin] });
    opened.set(command.entryId, String(run));
  }
  return opened;
}
