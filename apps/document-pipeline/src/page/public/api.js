import { whileVisible } from './visibility.js';

/**
 * @typedef {import('../../documents/document-state.js').DocumentState} DocumentState
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
 * Tells of the documents that changed last, and then of all that change, whoever added them. All come over one connection,
 * as a browser opens six to a server and no more; none is open while the page is hidden.
 * @param {(documents: DocumentState[]) => void} onChanged
 */
export function followDocuments(onChanged) {
  whileVisible(() => {
    /** @type {EventSource} */
    let source;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let retry;
    const open = () => {
      source = new EventSource('documents/events');
      source.addEventListener('documents', ({ data }) => onChanged(JSON.parse(data)));
      // A lost connection the browser makes anew; after an answer that is no event stream it gives up.
      source.addEventListener('error', () => {
        if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, REFUSED_RETRY_MS);
      });
    };
    open();
    return () => {
      clearTimeout(retry);
      source.close();
    };
  });
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

/**
 * @param {string} path
 * @param {object} body
 * @returns {Promise<any>} undefined where the server does not answer, or refuses
 */
export async function send(path, body) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => undefined);
  return response?.ok ? await response.json().catch(() => undefined) : undefined;
}
