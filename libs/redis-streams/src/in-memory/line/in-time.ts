import { failure } from '../failures.js';

/**
 * Settles with what is waited for, or rejects as a connection that gives up a silent server.
 * @param run told how to ask whether it is too late: what was given up takes no effect any more
 */
export function inTime<T>(withinMs: number, run: (isTooLate: () => boolean) => Promise<T>): Promise<T> {
  let isOver = false;
  return new Promise<T>((resolve, reject) => {
    const giveUp = () => {
      isOver = true;
      reject(failure({ kind: 'disconnected', message: `Redis did not answer within ${withinMs} ms.` }));
    };
    const timer = Number.isFinite(withinMs) ? setTimeout(giveUp, withinMs) : undefined;
    run(() => isOver)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
