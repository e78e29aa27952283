import { setTimeout as sleep } from 'node:timers/promises';
import type { StartedOperation } from '../../admin/operations/stream-operations.js';
import type { OperationInfo, OperationPlan } from '../../model/operations/operation.js';
import type { StreamsClient } from '../../wiring/streams-client.js';
import { EXIT, type ExitCode, InterruptedError } from '../exit-code.js';
import { confirmed } from '../input/confirm.js';
import { assertThere } from '../input/known-stream.js';
import { printable } from '../output/printable.js';
import { quoted } from '../../wire/quoted.js';
import type { Session } from '../session.js';
import { planLines } from './plan-lines.js';
import { ProgressBar } from './progress-bar.js';

/** A bulk action that is asked for. */
export interface BulkAction {
  /** Where nothing is found for it, there must be this group. */
  readonly group?: string | undefined;
  readonly plan: () => Promise<OperationPlan>;
  /** @param upTo nothing beyond what was planned */
  readonly start: (upTo: string) => Promise<StartedOperation>;
  /** Of a replay that copies: where to. */
  readonly copyTo?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
}

const LOOK_EVERY_MS = 250;

/** Plans, asks, and does it; with Ctrl-C it is stopped where it is, and may be gone on with. */
export async function runBulkAction(session: Session, action: BulkAction): Promise<ExitCode> {
  const { out } = session;
  const plan = await action.plan();
  session.signal.throwIfAborted();
  if (plan.eligible === 0 && Object.keys(plan.notEligible).length === 0)
    await assertThere(session, plan.stream, action.group);
  if (out.isJson && action.dryRun) await out.object({ dryRun: true, plan });
  else if (!out.isJson) for (const line of planLines(plan, action.copyTo)) await out.text(printable(line));
  if (action.dryRun) return EXIT.done;
  if (plan.eligible === 0) {
    if (out.isJson) await out.object({ plan, operation: null });
    return EXIT.done;
  }
  const question = {
    text: `This is for ${plan.eligible.toLocaleString('en-US')} ${plan.eligible === 1 ? 'task' : 'tasks'} of '${plan.stream}'.`,
    answer: plan.stream,
  };
  if (!(await confirmed(session, action.yes ?? false, question))) {
    out.say('nothing was done');
    return EXIT.usage;
  }
  const { id } = await action.start(plan.upTo);
  const streams = await session.streams();
  return followOperation(session, streams, { stream: plan.stream, id, total: plan.eligible });
}

/** Waits for the end of a bulk action, and tells how far it is. Ctrl-C cancels it. */
export async function followOperation(
  session: Session,
  { operations }: StreamsClient,
  { stream, id, total }: { readonly stream: string; readonly id: string; readonly total?: number },
): Promise<ExitCode> {
  const { out, signal } = session;
  const bar = new ProgressBar(out, total);
  try {
    for (;;) {
      const operation = (await operations.get(stream, id))!;
      bar.draw(operation.done, operation.waitsFor);
      if (operation.state !== 'running') {
        bar.end();
        return await tellEnd(session, operation);
      }
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    bar.end();
    const { done = 0 } = (await operations.cancel(stream, id, { reason: 'Ctrl-C' })) ?? {};
    const again = `nestjs-redis-streams operations ${quoted(stream)} --continue ${id}`;
    const of = total === undefined ? '' : ` of ${total.toLocaleString('en-US')}`;
    out.say(`stopped after ${done.toLocaleString('en-US')}${of}; continue: ${again}`);
    throw new InterruptedError('interrupted');
  }
}

async function tellEnd({ out }: Session, operation: OperationInfo): Promise<ExitCode> {
  if (out.isJson) await out.object({ operation });
  else await out.text(printable(endLine(operation)));
  return operation.state === 'done' ? EXIT.done : EXIT.failed;
}

const DONE = { redrive: 'redriven', purge: 'deleted', replay: 'run again' } as const;

export function endLine({ id, kind, state, why, done, skipped, diedAgain, selection }: OperationInfo): string {
  const { copyTo } = selection;
  const did = typeof copyTo === 'string' ? `copied to '${copyTo}'` : DONE[kind];
  const left = Object.entries(skipped).map(([cause, count]) => `${count.toLocaleString('en-US')} ${cause}`);
  return [
    `${state}: ${done.toLocaleString('en-US')} ${did}`,
    ...(left.length > 0 ? [`left out: ${left.join(', ')}`] : []),
    ...(diedAgain > 0 ? [`died again so far: ${diedAgain.toLocaleString('en-US')}`] : []),
    ...(why === undefined ? [] : [why]),
    `operation ${id}`,
  ].join(' · ');
}
