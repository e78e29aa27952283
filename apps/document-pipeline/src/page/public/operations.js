import { read } from './api.js';
import { updateDeadLetters } from './dead-letters.js';
import { byId, el } from './dom.js';
import { onPausedOrResumed, showQueue } from './queues.js';
import { whileVisible } from './visibility.js';
import { showWorkers } from './workers.js';

/**
 * @typedef {import('nestjs-redis-streams').StreamOverview} StreamOverview
 * @typedef {import('../../operations/workers.js').WorkerState} WorkerState
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
        read('queues').then((reply) => isWatched && showQueues(reply)),
      ]);
      if (isWatched) next = setTimeout(() => void update(), POLL_MS);
    };
    void update();
    onPausedOrResumed(() => void read('queues').then((reply) => isWatched && showQueues(reply)));
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

/** @param {{ queues?: StreamOverview[], workers?: WorkerState[] } | undefined} reply */
function showQueues(reply) {
  const note = byId('queues-note', HTMLElement);
  const { queues, workers } = reply ?? {};
  if (!queues || !workers) {
    note.textContent = 'The queues cannot be asked at the moment. What is shown is old.';
    return;
  }
  for (const queue of queues) showQueue(queue);
  showWorkers(workers);
  void updateDeadLetters(queues);
  const dead = queues.find(({ deadLetters }) => deadLetters > 0);
  note.textContent = dead ? `Each dead letter is kept with its reason, as in {${dead.stream}}:dead.` : '';
}
