/**
 * @typedef {import('../../store/document-state.js').DocumentState} DocumentState
 * @typedef {{ title: string, text: string } | { title?: string, file: File }} NewDocument
 */

const REFUSED_RETRY_MS = 2_000;

/** @param {NewDocument} document */
export async function addDocument(document) {
  const request = 'file' in document ? uploadOf(document) : jsonOf(document);
  const response = await fetch('documents', { method: 'POST', ...request }).catch(() => {
    throw new Error('The server cannot be reached. Is it still running?');
  });
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error([body.message ?? `The server answered ${response.status}.`].flat().join(' '));
  return /** @type {{ id: string }} */ (body);
}

/** @param {{ title?: string, file: File }} document */
function uploadOf({ title, file }) {
  const body = new FormData();
  if (title) body.set('title', title);
  body.set('file', file);
  return { body };
}

/** @param {{ title: string, text: string }} document */
function jsonOf(document) {
  return { body: JSON.stringify(document), headers: { 'content-type': 'application/json' } };
}

/**
 * Follows a document until it is completed or failed. The browser reconnects by itself.
 * @param {string} id
 * @param {(state: DocumentState) => void} onState
 * @param {() => void} onGone  the server does not know the document (any more)
 */
export function followDocument(id, onState, onGone) {
  const source = new EventSource(`documents/${encodeURIComponent(id)}/events`);
  source.addEventListener('state', ({ data }) => {
    const state = /** @type {DocumentState} */ (JSON.parse(data));
    if (state.status === 'completed' || state.status === 'failed') source.close();
    onState(state);
  });
  source.addEventListener('error', () => {
    if (source.readyState === EventSource.CLOSED) void afterRefusal(id, onState, onGone);
  });
}

/**
 * The browser does not try again after an answer that is no event stream. For an unknown document that is final.
 * @param {string} id
 * @param {(state: DocumentState) => void} onState
 * @param {() => void} onGone
 */
async function afterRefusal(id, onState, onGone) {
  const response = await fetch(`documents/${encodeURIComponent(id)}`).catch(() => undefined);
  if (response?.status === 404) onGone();
  else setTimeout(() => followDocument(id, onState, onGone), REFUSED_RETRY_MS);
}

/**
 * @param {string} path
 * @returns {Promise<any>} undefined where the server does not answer
 */
export async function read(path) {
  try {
    const response = await fetch(path);
    return await response.json();
  } catch {
    return undefined;
  }
}
