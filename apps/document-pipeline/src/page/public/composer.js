import { addDocument } from './api.js';
import { byId } from './dom.js';
import { SAMPLE } from './sample-text.js';

const MAX_BYTES = 1_048_576;

const title = byId('title', HTMLInputElement);
const text = byId('text', HTMLTextAreaElement);
const file = byId('file', HTMLInputElement);
const problem = byId('problem', HTMLElement);
const submit = byId('submit', HTMLButtonElement);

/**
 * Lets the form add documents: pasted, dropped or chosen.
 * @param {(id: string, title: string) => void} onAccepted
 */
export function startComposer(onAccepted) {
  byId('composer', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    if (!text.value.trim()) return complain('Paste a text first, or upload a file.', text);
    const document = { title: title.value.trim() || firstWords(text.value), text: text.value };
    void send(document, document.title, onAccepted);
  });

  byId('sample', HTMLButtonElement).addEventListener('click', () => {
    title.value = SAMPLE.title;
    text.value = SAMPLE.text;
    text.focus();
  });

  /** @param {File} chosen */
  const upload = (chosen) => {
    if (chosen.size > MAX_BYTES) return complain(`'${chosen.name}' is larger than 1 MiB.`, file);
    const given = title.value.trim() || undefined;
    void send({ title: given, file: chosen }, given ?? chosen.name, onAccepted);
  };

  file.addEventListener('change', () => {
    const [chosen] = file.files ?? [];
    if (chosen) upload(chosen);
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
    upload(dropped);
  });
}

/**
 * @param {import('./api.js').NewDocument} document
 * @param {string} name
 * @param {(id: string, title: string) => void} onAccepted
 */
async function send(document, name, onAccepted) {
  problem.hidden = true;
  submit.disabled = true;
  submit.textContent = 'Sending …';
  try {
    const { id } = await addDocument(document);
    title.value = '';
    text.value = '';
    onAccepted(id, name);
  } catch (error) {
    complain(/** @type {Error} */ (error).message, text);
  } finally {
    submit.disabled = false;
    submit.textContent = 'Process';
  }
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
