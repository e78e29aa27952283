import { read } from './api.js';
import { byId, el } from './dom.js';

const POLL_MS = 2_000;
const HEALTH = { up: 'Healthy', degraded: 'Degraded', down: 'Down' };

/** Keeps the strip of queues and the health pill current while the page is looked at. */
export function watchOperations() {
  const update = async () => {
    if (!document.hidden) {
      const [queues, health] = await Promise.all([read('queues'), read('health')]);
      showQueues(queues);
      showHealth(health);
    }
    setTimeout(() => void update(), POLL_MS);
  };
  void update();
}

/** @param {{ queues?: import('nestjs-redis-streams').StreamStats[] } | undefined} reply */
function showQueues(reply) {
  const strip = byId('queues', HTMLOListElement);
  strip.classList.toggle('stale', !reply?.queues);
  if (reply?.queues) strip.replaceChildren(...reply.queues.map(queueItem));
}

/** @param {import('nestjs-redis-streams').StreamStats} stats */
function queueItem({ stream, entries, groups, deadLetters }) {
  const [group] = groups;
  const { count: backlog, isExact } = group?.backlog ?? { count: 0, isExact: true };
  const parked = group?.parked ?? 0;
  const running = Math.max(0, (group?.pending ?? 0) - parked);
  return el(
    'li',
    { 'data-active': running + backlog > 0 },
    el('h3', {}, stream),
    el(
      'dl',
      {},
      ...count('waiting', isExact ? backlog : `${backlog}+`),
      ...count('running', running),
      ...count('retrying', parked),
      ...count('dead', deadLetters),
    ),
    el('p', {}, `${entries.toLocaleString()} ${entries === 1 ? 'entry' : 'entries'} in all`),
  );
}

/**
 * @param {string} name
 * @param {number | string} value
 */
function count(name, value) {
  return [el('div', { 'data-kind': name, 'data-zero': value === 0 }, el('dt', {}, name), el('dd', {}, String(value)))];
}

/** @param {any} reply */
function showHealth(reply) {
  const detail = reply?.details?.['redis-streams'];
  const status = /** @type {keyof typeof HEALTH} */ (detail?.status ?? 'down');
  const pill = byId('health', HTMLElement);
  const text = reply ? HEALTH[status] : 'The server does not answer';
  if (pill.dataset.status === status && pill.textContent === text) return;
  pill.dataset.status = status;
  pill.replaceChildren(el('span', {}, text));
}
