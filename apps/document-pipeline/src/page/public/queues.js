import { send } from './api.js';
import { byId, duration, el } from './dom.js';

/**
 * @typedef {import('nestjs-redis-streams').StreamOverview} StreamOverview
 * @typedef {import('nestjs-redis-streams').GroupOverview} GroupOverview
 */

const KINDS = /** @type {const} */ (['waiting', 'running', 'retrying', 'dead']);

/** Those that are shown: made once, and kept, so that whoever has the focus on a button keeps it. @type {Map<string, QueueRows>} */
const shown = new Map();
let told = () => {};

/** @param {() => void} listener  when a queue was paused or resumed here */
export function onPausedOrResumed(listener) {
  told = listener;
}

/** @param {StreamOverview} queue */
export function showQueue(queue) {
  const rows = shown.get(queue.stream) ?? new QueueRows(queue.stream);
  shown.set(queue.stream, rows);
  rows.show(queue);
}

/** How much there is of a stream; and below what its workers do, or why they do nothing, with a button that pauses them. */
class QueueRows {
  isPaused = false;
  isSending = false;
  button = el('button.quiet', { type: 'button' });
  why = el('p.note');
  cells = KINDS.map(() => el('td'));

  /** @param {string} stream */
  constructor(stream) {
    this.stream = stream;
    const nameEnds = stream.lastIndexOf(':') + 1;
    // A narrow column breaks after the colon.
    const name = el('th', { scope: 'row' }, stream.slice(0, nameEnds), el('wbr'), stream.slice(nameEnds));
    const doing = el('td', { colspan: KINDS.length + 1 }, el('div.doing', {}, this.why, this.button));
    this.rows = [el('tr', { 'data-stream': stream }, name, ...this.cells), el('tr.more', {}, doing)];
    byId('queues', HTMLTableSectionElement).append(...this.rows);
    this.button.addEventListener('click', () => void this.press());
  }

  /** @param {StreamOverview} queue */
  show({ groups: [group], deadLetters, addedPerSecond }) {
    const { count: waiting, isExact } = group?.backlog ?? { count: 0, isExact: true };
    const counts = [waiting, group?.running ?? 0, group?.retryScheduled ?? 0, deadLetters];
    for (const [n, cell] of this.cells.entries()) {
      const count = counts[n] ?? 0;
      cell.dataset.kind = count > 0 ? KINDS[n] : 'none';
      cell.textContent = count.toLocaleString() + (n === 0 && !isExact ? '+' : '');
    }
    this.isPaused = group?.paused !== undefined;
    this.why.dataset.state = group?.state ?? 'none';
    this.why.textContent = group ? sentences(group, addedPerSecond) : 'No worker has started yet.';
    this.button.hidden = !group;
    this.button.textContent = this.isPaused ? 'Resume' : 'Pause …';
    this.button.setAttribute('aria-label', `${this.isPaused ? 'Resume' : 'Pause'} ${this.stream}`);
  }

  /** Asks first, and has it done. */
  async press() {
    if (this.isSending) return;
    const what = this.isPaused ? 'resume' : 'pause';
    const reason = this.isPaused
      ? ''
      : prompt(`Pause ${this.stream} for all workers? Say why, for whoever finds it so.`);
    if (reason === null) return;
    this.isSending = true;
    const done = await send(`queues/${this.stream}/${what}`, reason ? { reason } : {});
    this.isSending = false;
    if (done) told();
    else byId('queues-note', HTMLElement).textContent = `Could not ${what} ${this.stream}.`;
  }
}

/**
 * @param {GroupOverview} group
 * @param {number | undefined} addedPerSecond
 */
function sentences({ why, paused, oldestWaitingAgeMs, finishedPerSecond }, addedPerSecond) {
  const rates = [
    addedPerSecond ? `${rate(addedPerSecond)} in` : '',
    finishedPerSecond ? `${rate(finishedPerSecond)} out` : '',
  ].filter(Boolean);
  return [
    why,
    paused && `Since ${new Date(paused.since).toLocaleTimeString()}.`,
    // What else there is to do, a pause tells itself.
    !paused && oldestWaitingAgeMs && !why.includes('oldest') && `The oldest waits for ${duration(oldestWaitingAgeMs)}.`,
    rates.length > 0 && `A second: ${rates.join(', ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** @param {number} perSecond */
function rate(perSecond) {
  return perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond).toLocaleString();
}
