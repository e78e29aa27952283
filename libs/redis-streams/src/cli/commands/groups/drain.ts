import { Command } from 'commander';
import { describePause } from '../../../model/groups/group-pause.js';
import type { GroupState } from '../../../model/groups/group-state.js';
import { acts } from '../../command.js';
import { parseDuration } from '../../input/values/durations.js';
import { assertGroup } from '../../input/known-stream.js';
import { type PauseCommandOptions, pauseOptions, withPauseOptions } from '../../input/pause-options.js';
import { EXIT } from '../../exit-code.js';
import { printable } from '../../output/printable.js';
import type { Session } from '../../session.js';

/** Pauses a group, and waits until nothing runs there. */
export function drainCommand(): Command {
  const command = withPauseOptions(
    new Command('drain')
      .description('pause a group, and wait until nothing runs there any more; it stays paused')
      .argument('<stream>'),
  ).option('--wait <duration>', 'how long to wait at most (default: 10m)', parseDuration);
  return acts<PauseCommandOptions & { wait?: number }>(command, async (session, options, stream) => {
    const { groups } = await session.streams();
    const { out, signal } = session;
    const { group, wait } = options;
    await assertGroup(session, stream, group);
    const before = await groups.get(stream, { group });
    if (options.dryRun) {
      await tell(session, before, 'would wait for them');
      return EXIT.done;
    }
    // Whose pause it is stays so, unless another one is asked for.
    const isAsked = options.reason !== undefined || options.for !== undefined || options.until !== undefined;
    const pause = before.pause && !isAsked ? { group } : pauseOptions(options);
    let told = -1;
    const onProgress = ({ running }: GroupState) => {
      if (running.length !== told) out.say(`${running.length} still run`);
      told = running.length;
    };
    const timeoutMs = wait === undefined ? {} : { timeoutMs: wait };
    if (before.pause && isAsked) out.say(`until now it was paused ${printable(describePause(before.pause))}`);
    const state = await groups.drain(stream, { ...pause, ...timeoutMs, signal, onProgress });
    await tell(session, state, 'drained');
    return EXIT.done;
  });
}

function tell({ out }: Session, state: GroupState, words: string): Promise<void> {
  if (out.isJson) return out.object({ ...state });
  const { stream, group, running, leftBehind, retryScheduled } = state;
  const rest = `${leftBehind} left by dead workers, ${retryScheduled} scheduled for a retry`;
  return out.text(`${words}: '${stream}', group '${group}', ${running.length} run; ${rest}`);
}
