import { read, send } from './api.js';
import { byId, el } from './dom.js';

/**
 * @typedef {import('nestjs-redis-streams').StreamOverview} StreamOverview
 * @typedef {import('nestjs-redis-streams').OperationPlan} OperationPlan
 * @typedef {import('../../operations/dead-letters.controller.js').GivenUpTask} GivenUpTask
 */

const SHOWN_LETTERS = 3;
/** What was left out, in words. */
const CAUSES = /** @type {Record<string, string>} */ ({
  'redriven-before': 'run again before, and given up again',
  'not-in-stream': 'no longer in the stream',
});

const redriveAll = byId('redrive-all', HTMLButtonElement);
redriveAll.addEventListener('click', () => void runAllAgain());

let known = '';
/** Those that have dead letters. @type {readonly string[]} */
let streams = [];

/**
 * Asks for the letters only when there are more or fewer of them.
 * @param {readonly StreamOverview[]} queues
 */
export async function updateDeadLetters(queues) {
  const dead = queues.filter(({ deadLetters }) => deadLetters > 0);
  const now = dead.map(({ stream, deadLetters }) => `${stream} ${deadLetters}`).join();
  if (now === known) return;
  const reply = await read('dead-letters');
  if (!reply?.deadLetters) return;
  known = now;
  const latest = /** @type {GivenUpTask[]} */ (reply.deadLetters).slice(0, SHOWN_LETTERS);
  byId('dead-letters', HTMLUListElement).replaceChildren(...latest.map(letterItem));
  streams = dead.map(({ stream }) => stream);
  redriveAll.hidden = streams.length === 0;
}

/** @param {GivenUpTask} letter */
function letterItem({ stream, letterId, diedAt, reason, error, deliveryCount }) {
  const runs = `${deliveryCount} ${deliveryCount === 1 ? 'run' : 'runs'}`;
  const when = new Date(diedAt).toLocaleTimeString();
  const text = ` ${when}, ${reason} after ${runs}: ${error}`;
  const again = el('button.quiet', { type: 'button' }, 'Run again');
  again.addEventListener('click', () => void send('dead-letters/redrive', { stream, ids: [letterId] }));
  return el('li', {}, el('strong', {}, stream), text, again);
}

/** Asks first, with what would be done, and what not. */
async function runAllAgain() {
  const plans = await Promise.all(streams.map((stream) => send('dead-letters/redrive/plan', { stream })));
  if (!confirm(questionOn(plans.filter((plan) => plan !== undefined)))) return;
  await Promise.all(streams.map((stream) => send('dead-letters/redrive', { stream })));
}

/** @param {readonly OperationPlan[]} plans */
function questionOn(plans) {
  let eligible = 0;
  /** @type {Map<string, number>} */
  const left = new Map();
  for (const plan of plans) {
    eligible += plan.eligible;
    for (const [cause, count] of Object.entries(plan.notEligible)) left.set(cause, (left.get(cause) ?? 0) + count);
  }
  const lines = [`Run ${eligible} ${eligible === 1 ? 'task' : 'tasks'} again?`];
  for (const [cause, count] of left) lines.push(`${count} would stay: ${CAUSES[cause] ?? cause}.`);
  return lines.join('\n');
}
