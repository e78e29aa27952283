import { read } from './api.js';
import { byId } from './dom.js';
import { whileVisible } from './visibility.js';

/** @typedef {import('../../digests/digests.controller.js').DigestsReply} DigestsReply */

const POLL_MS = 5_000;
/** After a digest was asked for. */
const SOON_MS = 300;

/** Shows what the last hour brought, and makes a digest of it when asked. */
export function startDigests() {
  const button = byId('make-digest', HTMLButtonElement);
  whileVisible(() => {
    /** @type {ReturnType<typeof setTimeout>} */
    let next;
    const update = async () => {
      clearTimeout(next);
      next = setTimeout(() => void update(), POLL_MS);
      show(await read('digests'));
    };
    const make = async () => {
      button.disabled = true;
      await fetch('digests', { method: 'POST' }).catch(() => undefined);
      button.disabled = false;
      clearTimeout(next);
      next = setTimeout(() => void update(), SOON_MS);
    };
    const onClick = () => void make();
    button.addEventListener('click', onClick);
    void update();
    return () => {
      button.removeEventListener('click', onClick);
      clearTimeout(next);
    };
  });
}

/** @param {DigestsReply | undefined} reply */
function show(reply) {
  if (reply?.latest === undefined) return;
  const { latest, nextAt } = reply;
  const next = nextAt ? ` The next comes at ${time(nextAt)}.` : '';
  byId('digest', HTMLElement).textContent = (latest ? textOf(latest) : 'None yet.') + next;
}

/** @param {NonNullable<DigestsReply['latest']>} digest */
function textOf({ upTo, documents, completed, failed, keywords }) {
  const about = keywords.length > 0 ? ` About ${keywords.join(', ')}.` : '';
  const sum = `${documents} ${documents === 1 ? 'document' : 'documents'}, ${completed} completed, ${failed} failed`;
  return `In the hour up to ${time(upTo)}: ${sum}.${about}`;
}

/** @param {string} at */
function time(at) {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
