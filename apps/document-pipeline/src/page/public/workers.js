import { byId, duration, el } from './dom.js';

/** @typedef {import('../../operations/workers.js').WorkerState} WorkerState */

/** @param {readonly WorkerState[]} workers */
export function showWorkers(workers) {
  const nobody = el('li', { 'data-state': 'missing' }, 'No worker is running: tasks wait.');
  const items = workers.map(workerItem);
  byId('workers', HTMLElement).replaceChildren(
    ...(workers.some(({ isAlive }) => isAlive) ? items : [...items, nobody]),
  );
}

/** @param {WorkerState} worker */
function workerItem(worker) {
  const [, host, pid] = /^(.*):(\d+)$/.exec(worker.name) ?? [];
  const state = worker.isAlive ? (worker.holds > 0 ? 'busy' : 'idle') : 'missing';
  return el(
    'li',
    { 'data-state': state },
    el('strong', {}, pid ? `Process ${pid}` : worker.name),
    el('span.host', {}, host ? `on ${host}` : ''),
    el('span.doing', {}, doing(worker)),
  );
}

/** @param {WorkerState} worker */
function doing({ holds, slots, silentMs, isAlive }) {
  const tasks = `${holds} ${holds === 1 ? 'task' : 'tasks'}`;
  if (!isAlive) return `silent for ${duration(silentMs)}; another worker takes over its ${tasks}`;
  if (holds === 0) return slots > 0 ? `idle, ${slots} slots` : 'idle';
  return `works on ${tasks}${slots > 0 ? `, ${slots} slots` : ''}`;
}
