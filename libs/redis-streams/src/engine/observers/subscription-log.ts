import type { Log } from '../../model/log.js';
import { describePause } from '../../model/groups/group-pause.js';
import type { EnsureGroupReply } from '../../model/ports/group.js';
import type { EngineObserver } from '../events.js';

/** Logs what happens to a subscription as a whole: its loop, its group, its marks. */
export function subscriptionLog(log: Log): EngineObserver {
  return {
    settlementDelayed: ({ entries, reason }, { stream, group }) =>
      log.warn(`${stream} (${group}): cannot settle ${entries} entries yet, trying on: ${reason}`),
    forwardsDelayed: ({ entries, reason }, { stream, group }) =>
      log.error(
        `${stream} (${group}): ${entries} tasks that have been forwarded cannot be added yet, trying on; those that forward them are done, are not run ` +
          `again, and are acknowledged after that: ${reason}`,
      ),
    recordsRefused: ({ reason }, { stream, group }) =>
      log.warn(
        `${stream} (${group}): tasks are settled, but Redis does not keep what is told of them (results, errors, progress, ends): ` +
          `${reason}. Grant the commands that docs/connections.md lists.`,
      ),
    loopInterrupted: ({ reason }, { stream, group }) =>
      log.warn(`${stream} (${group}): consuming is interrupted, trying on: ${reason}`),
    loopStillInterrupted: ({ reason }, { stream, group }) =>
      log.warn(`${stream} (${group}): still interrupted: ${reason}`),
    loopResumed: ({ afterMs }, { stream, group }) =>
      log.log(`${stream} (${group}): consuming again after ${afterMs} ms.`),
    paused: ({ pause }, { stream, group }) => log.warn(`${stream} (${group}): paused ${describePause(pause)}.`),
    resumed: (_event, { stream, group }) => log.log(`${stream} (${group}): resumed.`),
    groupCreated: ({ reply }, { stream, group }) =>
      log.log(`${stream}: created the group '${group}'${wasRemoved(reply)} with ${whatIsAhead(reply)}.`),
    groupRestored: ({ reply: { at, lastDelivered, putBack } }, { stream, group }) => {
      const again =
        lastDelivered && at !== lastDelivered ? `; those up to ${lastDelivered} that were done run again` : '';
      const owners = putBack > 0 ? `, with ${putBack} pending ones put back to their owners` : '';
      log.error(`${stream}: the group '${group}' had vanished. Created it again after entry ${at}${owners}${again}.`);
    },
    unstartedHandedBack: ({ count }, { stream, group }) =>
      log.log(`${stream} (${group}): handed back ${count} entries that were not started.`),
    marksFailed: ({ reason, remedy }, { stream, group }) =>
      log.error(
        `${stream} (${group}): ${reason}: ${remedy}. Until then the history is not trimmed, and a group that vanishes ` +
          'cannot be restored where it was.',
      ),
    marksRecovered: ({ marksKey }, { stream, group }) =>
      log.log(`${stream} (${group}): the marks in '${marksKey}' are kept again.`),
    consumersRemoved: ({ names }, { stream, group }) => {
      for (const name of names)
        log.debug(`${stream} (${group}): removed the dead consumer '${name}', which owned nothing.`);
    },
  };
}

/** That it goes on where it was needs to be told. */
function wasRemoved({ lastDelivered }: EnsureGroupReply): string {
  return lastDelivered === '' ? '' : `, which had been removed after entry ${lastDelivered},`;
}

function whatIsAhead({ at, length }: EnsureGroupReply): string {
  if (at === '0-0') return `${length} entries to process`;
  return at === '$' ? 'only new entries' : `entries after ${at}`;
}
