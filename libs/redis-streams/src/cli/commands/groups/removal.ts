import type { Command } from 'commander';
import { CommandFailedError, EXIT, type ExitCode } from '../../exit-code.js';
import { printable } from '../../output/printable.js';
import type { Session } from '../../session.js';
import { confirmed } from '../../input/confirm.js';

export interface RemoveCommandOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** What is to be taken away. */
interface Removal<Plan> {
  readonly remove: (how: { dryRun: boolean; force: boolean }) => Promise<Plan>;
  readonly what: string;
  /** What goes with it. */
  readonly detail: (plan: Plan) => string;
  readonly answer: string;
}

/** @param though what --force overrides */
export function withRemoveOptions(command: Command, though: string): Command {
  return command
    .option('--force', though)
    .option('--dry-run', 'only say what would be done, and what speaks against it')
    .option('--yes', 'do not ask');
}

/** Says what would go, and what speaks against it; asks; and removes it. */
export async function runRemoval<Plan extends { readonly objections: readonly string[] }>(
  session: Session,
  { force = false, dryRun = false, yes = false }: RemoveCommandOptions,
  { remove, what, detail, answer }: Removal<Plan>,
): Promise<ExitCode> {
  const { out } = session;
  const plan = await remove({ dryRun: true, force });
  if (dryRun && out.isJson) await out.object({ dryRun, plan });
  if (!out.isJson) await out.text(printable(`would remove ${what}: ${detail(plan)}`));
  for (const objection of plan.objections) out.say(`warning: ${objection}`);
  if (dryRun) return EXIT.done;
  if (plan.objections.length > 0 && !force)
    throw new CommandFailedError('nothing was done. Stop what is there; or, where that is meant, say --force.');
  if (!(await confirmed(session, yes, { text: 'This cannot be undone.', answer }))) {
    out.say('nothing was done');
    return EXIT.usage;
  }
  const removal = await remove({ dryRun: false, force });
  await (out.isJson ? out.object({ removal }) : out.text(printable(`removed ${what}`)));
  return EXIT.done;
}
