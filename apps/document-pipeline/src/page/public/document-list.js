import { documentCard } from './document-card.js';
import { byId, el } from './dom.js';

/**
 * @typedef {import('../../documents/document-state.js').DocumentState} DocumentState
 * @typedef {{ slot: HTMLElement, state: DocumentState }} Shown
 */

const MOST = 20;
const STAGES = /** @type {const} */ (['extract', 'analyze', 'summarize', 'embed']);

const list = byId('documents', HTMLElement);
const empty = byId('empty', HTMLElement);

/** @type {Map<string, Shown>} */
const shown = new Map();

/**
 * Shows documents as they are now, the newest first.
 * @param {readonly DocumentState[]} documents
 */
export function showDocuments(documents) {
  for (const state of documents) {
    const before = shown.get(state.id);
    if (!before) shown.set(state.id, { slot: el('div.slot', {}, documentCard(state, state)), state });
    else redraw(before, state);
  }
  arrange();
}

/**
 * Shows a document that was accepted just now, before anything else is known of it, where it can be seen.
 * @param {string} id
 * @param {string} title
 */
export function showAccepted(id, title) {
  if (!shown.has(id)) showDocuments([accepted(id, title)]);
  announce(`${title}: queued`);
  const slot = shown.get(id)?.slot;
  if (slot && !isInView(slot)) slot.scrollIntoView({ block: 'start' });
}

/**
 * @param {string} id
 * @param {string} title
 * @returns {DocumentState}
 */
function accepted(id, title) {
  const stages = STAGES.map((name) => ({ name, status: /** @type {const} */ ('queued'), attempts: 0 }));
  return { id, title, createdAt: new Date().toISOString(), status: 'queued', stage: 'extract', stages, results: {} };
}

/**
 * @param {Shown} before
 * @param {DocumentState} state
 */
function redraw(before, state) {
  const { slot } = before;
  const hadFocus = slot.contains(document.activeElement);
  slot.replaceChildren(documentCard(state, before.state));
  if (hadFocus) slot.querySelector('a')?.focus();
  if (isOver(state) && !isOver(before.state)) announce(`${state.title}: ${state.status}`);
  before.state = state;
}

/** Puts what is out of its place there, and nothing else, so that scrolling and animations go on. */
function arrange() {
  const newestFirst = [...shown.values()].toSorted((a, b) => (a.state.createdAt < b.state.createdAt ? 1 : -1));
  for (const { slot, state } of newestFirst.slice(MOST)) {
    slot.remove();
    shown.delete(state.id);
  }
  for (const [place, { slot }] of newestFirst.slice(0, MOST).entries()) {
    if (list.children[place] !== slot) list.insertBefore(slot, list.children[place] ?? null);
  }
  empty.textContent = 'Nothing here yet. Add a document, and watch it move from extract to embed.';
  empty.hidden = shown.size > 0;
}

/** @param {DocumentState} state */
function isOver({ status }) {
  return status === 'completed' || status === 'failed';
}

/** @param {HTMLElement} element */
function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect();
  return top >= 0 && bottom <= window.innerHeight;
}

/** @param {string} text */
function announce(text) {
  byId('announcements', HTMLElement).textContent = text;
}
