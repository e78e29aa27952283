import { errorText, userFrames } from '../../model/errors/error-text.js';
import type { Log } from '../../model/log.js';
import type { EngineObserver } from '../events.js';
import type { Ownership } from '../../model/ports/settlement.js';
import type { SubscriptionOptions } from '../subscription-options.js';
import { deliveryEvent } from './listener-observer.js';

/** Logs what becomes of deliveries that do not simply go well. Never a payload. */
export function deliveryLog(log: Log): EngineObserver {
  return {
    retryScheduled: ({ lease, verdict: { because, error, remark, delayMs } }, of) => {
      const text = errorText(error, remark);
      const fields = deliveryEvent(lease, of);
      // Wanted by the handler, and for a task that polls the usual course: no warning.
      if (because === 'postponed')
        log.debug(`${about(lease, of)} was postponed by ${delayMs} ms, uncounted: ${text}`, fields);
      else log.warn(`${about(lease, of)} failed, next try in ${delayMs} ms: ${text}${userFrames(error)}`, fields);
    },
    handedBack: ({ lease }, of) =>
      log.log(`${about(lease, of)} was handed back, uncounted: the application stops.`, deliveryEvent(lease, of)),
    deadLettered: ({ lease, verdict: { error, remark, reason, deliveries } }, of) => {
      const fate = of.deadLetter ? 'went to the dead letter' : 'was dropped (deadLetter is false)';
      log.error(`${about(lease, of, deliveries)} ${fate}, ${reason}: ${errorText(error, remark)}${userFrames(error)}`, {
        ...deliveryEvent(lease, of),
        deliveryCount: deliveries,
      });
    },
    ended: ({ lease, verdict: { state, error } }, of) =>
      log.log(
        `${about(lease, of)} ${state === 'expired' ? 'has expired' : `was cancelled: ${errorText(error)}`}`,
        deliveryEvent(lease, of),
      ),
    deadLetterRefused: ({ lease, reason, retryInMs }, of) =>
      log.error(
        `${about(lease, of)} cannot be dead-lettered, next try in ${retryInMs} ms; its entry stays pending: ${reason}`,
        deliveryEvent(lease, of),
      ),
    leaseLost: ({ lease }, of) =>
      log.warn(
        `${about(lease, of)} lost its lease: the entry is another consumer's now, or was deleted; this run settles nothing.`,
        deliveryEvent(lease, of),
      ),
    groupLost: ({ lease }, of) =>
      log.warn(`${about(lease, of)} lost its group; the entry may run again.`, deliveryEvent(lease, of)),
    takenOver: ({ entryId, deliveryCount, from }, { stream, group, retry }) => {
      const next =
        deliveryCount > retry.maxDeliveries
          ? `it was started ${deliveryCount - 1} times and is not again`
          : `this is delivery ${deliveryCount} of ${retry.maxDeliveries}`;
      log.warn(
        `${stream} (${group}): took over entry ${entryId} from '${from}', which has been silent for longer ` +
          `than its lease; ${next}.`,
        { stream, group, entryId, deliveryCount },
      );
    },
    runRemark: ({ run, text }, of) => log.warn(`${about(run, of)} ${text}.`, deliveryEvent(run, of)),
    entryDeleted: ({ entryId }, { stream, group }) =>
      log.warn(`${stream} (${group}): entry ${entryId} was deleted or trimmed from the stream before it was done.`, {
        stream,
        group,
        entryId,
      }),
  };
}

function about({ entryId, deliveryCount }: Ownership, of: SubscriptionOptions, count = deliveryCount): string {
  return `${of.stream} (${of.group}): entry ${entryId}, delivery ${count} of ${of.retry.maxDeliveries},`;
}
