import { read } from './api.js';
import { updateDeadLetters } from './dead-letters.js';
import { byId, duration, el } from './dom.js';
import { whileVisible } from './visibility.js';

/**
 * @typedef {import('nestjs-redis-streams').StreamStats} StreamStats
 * @typedef {import('../../operations/workers.controller.js').WorkerState} WorkerState
 */

const POLL_MS = 2_000;
const HEALTH = { up: 'Healthy', degraded: 'Degraded', down: 'Down' };

/** Keeps health, queues and workers current while the page is looked at. */
export function watchOperations() {
  whileVisible(() => {
    let isWatched = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let next;
    const update = async () => {
      // Each as it comes: while Redis is away the queues keep us waiting, and health says why.
      await Promise.all([
        read('health').then((reply) => isWatched && showHealth(reply)),
        read('queues').then((reply) => isWatched && showQueues(reply?.queues)),
        read('workers').then((reply) => isWatched && showWorkers(reply?.workers)),
      ]);
      if (isWatched) next = setTimeout(() => void update(), POLL_MS);
    };
    void update();
    return () => {
      isWatched = false;
      clearTimeout(next);
    };
  });
}

/** @param {any} reply */
function showHealth(reply) {
  const detail = reply?.details?.['redis-streams'];
  const status = /** @type {keyof typeof HEALTH} */ (detail?.status ?? 'down');
  const pill = byId('health', HTMLElement);
  const text = reply ? HEALTH[status] : 'No answer';
  if (pill.dataset.status !== status || pill.textContent !== text) {
    pill.dataset.status = status;
    pill.replaceChildren(el('span.badge', { 'data-status': status }, text));
  }
  const trouble = byId('trouble', HTMLElement);
  const reason = reply ? reasonOf(detail) : 'The server does not answer. What is shown here may be out of date.';
  if (trouble.textContent !== reason) trouble.textContent = reason;
  trouble.dataset.status = status;
  trouble.hidden = !reason;
}

/**
 * @param {any} detail
 * @returns {string} empty where all is well
 */
function reasonOf(detail) {
  if (detail?.status === 'up') return '';
  const parts = [detail?.producer, ...(detail?.consumers ?? [])];
  const reasons = parts.map((part) => part?.reason).filter(Boolean);
  return [...new Set(reasons)].join('; ') || 'The server does not say why.';
}

/** @param {StreamStats[] | undefined} queues */
function showQueues(queues) {
  const note = byId('queues-note', HTMLElement);
  if (!queues) {
    note.textContent = 'The queues cannot be asked at the moment. What is shown is old.';
    return;
  }
  byId('queues', HTMLTableSectionElement).replaceChildren(...queues.map(queueRow));
  void updateDeadLetters(queues);
  const dead = queues.find(({ deadLetters }) => deadLetters > 0);
  note.textContent = dead ? `Each dead letter is kept with its reason, as in {${dead.stream}}:dead.` : '';
}

/** @param {StreamStats} stats */
function queueRow({ stream, groups, deadLetters }) {
  const [group] = groups;
  const { count: waiting, isExact } = group?.backlog ?? { count: 0, isExact: true };
  const retrying = group?.parked ?? 0;
  const running = Math.max(0, (group?.pending ?? 0) - retrying);
  const nameEnds = stream.lastIndexOf(':') + 1;
  return el(
    'tr',
    {},
    // A narrow column breaks after the colon.
    el('th', { scope: 'row' }, stream.slice(0, nameEnds), el('wbr'), stream.slice(nameEnds)),
    count('waiting', waiting, isExact ? '' : '+'),
    count('running', running),
    count('retrying', retrying),
    count('dead', deadLetters),
  );
}

/**
 * @param {string} kind
 * @param {number} value
 * @param {string} [more]
 */
function count(kind, value, more = '') {
  return el('td', { 'data-kind': value > 0 ? kind : 'none' }, value.toLocaleString() + more);
}

/** @param {WorkerState[] | undefined} workers */
function showWorkers(workers) {
  if (!workers) return;
  const items = workers.map(workerItem);
  const nobody = el('li', { 'data-state': 'missing' }, 'No worker is running: tasks wait.');
  byId('workers', HTMLElement).replaceChildren(...(items.length > 0 ? items : [nobody]));
}

/** @param {WorkerState} worker */
function workerItem(worker) {
  const [, host, pid] = /^(.*):(\d+)$/.exec(worker.name) ?? [undefined, '', worker.name];
  const state = worker.isMissing ? 'missing' : worker.holds > 0 ? 'busy' : 'idle';
  return el(
    'li',
    { 'data-state': state },
    el('strong', {}, `Process ${pid}`),
    el('span.host', {}, host ? `on ${host}` : ''),
    el('span.doing', {}, doing(worker)),
  );
}

/** @param {WorkerState} worker */
function doing({ holds, silentMs, isMissing }) {
  const tasks = `${holds} ${holds === 1 ? 'task' : 'tasks'}`;
  if (!isMissing) return holds > 0 ? `works on ${tasks}` : 'idle';
  const silence = silentMs === undefined ? 'gone' : `silent for ${duration(silentMs)}`;
  return holds > 0 ? `${silence}; another worker takes over its ${tasks}` : `${silence}, holds no task`;
}
