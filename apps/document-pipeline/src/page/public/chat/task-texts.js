/**
 * @typedef {import('nestjs-redis-streams').TaskInfo} TaskInfo
 * @typedef {[text: string, kind?: 'retrying' | 'failed']} Told
 */

/**
 * What a task that has not ended does, for its caller.
 * @param {TaskInfo} task
 * @returns {Told}
 */
export function doing(task) {
  if (task.state === 'waiting') return ['Waiting for a worker.'];
  if (task.state === 'retry-scheduled') return [`It failed, and will be tried again: ${task.lastError}`, 'retrying'];
  if (task.state !== 'running') return [''];
  if (task.cancelRequested) return ['Stopping …'];
  const [, process] = /:(\d+):[^:]*$/.exec(task.consumer) ?? [];
  return task.deliveryCount > 1 ? [`Process ${process} starts over.`, 'retrying'] : [`Process ${process} answers.`];
}

/**
 * How a task has ended.
 * @param {TaskInfo} task
 * @returns {Told}
 */
export function ending(task) {
  if (task.state === 'completed') return [''];
  if (task.state === 'cancelled') return ['Stopped.'];
  if (task.state === 'dead-lettered') return [`It failed: ${task.error}`, 'failed'];
  return [`It is not known how it ended (${task.state}).`, 'failed'];
}
