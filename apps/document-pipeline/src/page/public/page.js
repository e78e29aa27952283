import { addDocument, followDocument } from './api.js';
import { documentCard, missingCard } from './document-card.js';
import { byId, el } from './dom.js';
import { watchOperations } from './operations.js';
import { SAMPLE } from './sample-text.js';

/** @typedef {import('./api.js').NewDocument} NewDocument */

const RECENT = 'document-pipeline:recent';
const MOST_RECENT = 8;
const MAX_BYTES = 1_048_576;

const title = byId('title', HTMLInputElement);
const text = byId('text', HTMLTextAreaElement);
const file = byId('file', HTMLInputElement);
const problem = byId('problem', HTMLElement);
const submit = byId('submit', HTMLButtonElement);
const list = byId('documents', HTMLElement);
const clear = byId('clear', HTMLButtonElement);

byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  if (!text.value.trim()) return complain('Paste a text first, or upload a file.', text);
  void send({ title: title.value.trim() || firstWords(text.value), text: text.value });
});

byId('sample', HTMLButtonElement).addEventListener('click', () => {
  title.value = SAMPLE.title;
  text.value = SAMPLE.text;
  text.focus();
});

file.addEventListener('change', () => {
  const [chosen] = file.files ?? [];
  if (chosen) void upload(chosen);
  file.value = '';
});

text.addEventListener('dragover', (event) => {
  event.preventDefault();
  text.classList.add('target');
});
text.addEventListener('dragleave', () => text.classList.remove('target'));
text.addEventListener('drop', (event) => {
  text.classList.remove('target');
  const [dropped] = event.dataTransfer?.files ?? [];
  if (!dropped) return;
  event.preventDefault();
  void upload(dropped);
});

clear.addEventListener('click', () => {
  remember([]);
  list.replaceChildren();
  showWhetherEmpty();
});

for (const id of recent().toReversed()) show(id);
showWhetherEmpty();
watchOperations();

/** @param {File} chosen */
async function upload(chosen) {
  if (chosen.size > MAX_BYTES) return complain(`'${chosen.name}' is larger than 1 MiB.`, file);
  await send({ title: title.value.trim() || undefined, file: chosen });
}

/** @param {NewDocument} document */
async function send(document) {
  problem.hidden = true;
  submit.disabled = true;
  try {
    const { id } = await addDocument(document);
    remember([id, ...recent()].slice(0, MOST_RECENT));
    title.value = '';
    text.value = '';
    show(id);
    showWhetherEmpty();
  } catch (error) {
    complain(/** @type {Error} */ (error).message, text);
  } finally {
    submit.disabled = false;
  }
}

/** @param {string} id */
function show(id) {
  const slot = el('div.slot', {}, el('article.card.missing', {}, el('p', {}, 'Queued …')));
  list.prepend(slot);
  while (list.children.length > MOST_RECENT) list.lastElementChild?.remove();
  /** @type {import('./api.js').DocumentState | undefined} */
  let before;
  followDocument(
    id,
    (state) => {
      slot.replaceChildren(documentCard(state, before));
      before = state;
      const isOver = state.status === 'completed' || state.status === 'failed';
      if (isOver) byId('announcements', HTMLElement).textContent = `${state.title}: ${state.status}`;
    },
    () => slot.replaceChildren(missingCard(id)),
  );
}

function showWhetherEmpty() {
  const isEmpty = list.children.length === 0;
  byId('empty', HTMLElement).hidden = !isEmpty;
  clear.hidden = isEmpty;
}

/**
 * @param {string} message
 * @param {HTMLElement} field
 */
function complain(message, field) {
  problem.textContent = message;
  problem.hidden = false;
  field.focus();
}

/** @param {string} value */
function firstWords(value) {
  const line = value.trim().split('\n')[0] ?? '';
  return line.length > 60 ? `${line.slice(0, 60).replace(/\s+\S*$/, '')} …` : line;
}

/** @returns {string[]} */
function recent() {
  try {
    const ids = JSON.parse(localStorage.getItem(RECENT) ?? '[]');
    return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

/** @param {string[]} ids */
function remember(ids) {
  try {
    localStorage.setItem(RECENT, JSON.stringify(ids));
  } catch {
    // Without storage the list lives as long as the page.
  }
}
