import { byId, el } from '../dom.js';
import { followAnswer } from './answer-stream.js';
import { store, storedConversation } from './conversation.js';
import { doing, ending } from './task-texts.js';

const log = byId('conversation', HTMLElement);
const status = byId('status', HTMLElement);
const question = byId('question', HTMLTextAreaElement);
const send = byId('send', HTMLButtonElement);
const stop = byId('stop', HTMLButtonElement);

const conversation = storedConversation();
for (const { role, content } of conversation.messages) show(role, content);
if (conversation.taskId) follow(conversation.taskId);

byId('ask', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  if (question.value.trim() && !conversation.taskId) void ask(question.value.trim());
});
question.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    send.click();
  }
});
stop.addEventListener('click', () => {
  if (conversation.taskId) void fetch(`chat/${conversation.taskId}`, { method: 'DELETE' });
});
byId('clear', HTMLButtonElement).addEventListener('click', () => {
  store({ messages: [], taskId: undefined });
  location.reload();
});

/** @param {string} content */
async function ask(content) {
  const messages = [...conversation.messages, { role: /** @type {const} */ ('user'), content }];
  send.disabled = true;
  const headers = { 'content-type': 'application/json' };
  const reply = await fetch('chat', { method: 'POST', headers, body: JSON.stringify({ messages }) })
    .then(async (response) => ({ isOk: response.ok, body: await response.json() }))
    .catch(() => ({ isOk: false, body: { message: 'The server cannot be reached. Is it still running?' } }));
  send.disabled = false;
  if (!reply.isOk) return tell([reply.body.message].flat().join(' '), 'failed');
  question.value = '';
  show('user', content);
  conversation.messages = messages;
  remember(reply.body.id);
  follow(reply.body.id);
}

/** @param {string} taskId */
function follow(taskId) {
  const answer = show('assistant', '');
  answer.setAttribute('aria-busy', 'true');
  setBusy(true);
  const end = () => {
    answer.removeAttribute('aria-busy');
    if (answer.textContent) conversation.messages.push({ role: 'assistant', content: answer.textContent });
    else answer.remove();
    remember(undefined);
    setBusy(false);
  };
  followAnswer(taskId, {
    onState: (task) => tell(...doing(task)),
    onText: (text) => answer.append(text),
    onRestart: () => {
      answer.replaceChildren();
      tell('The worker has gone. Another one starts over.', 'retrying');
    },
    onEnd: (task) => {
      // Its words are kept for an hour, its result for longer.
      if (task.state === 'completed' && typeof task.result === 'string') answer.textContent = task.result;
      end();
      tell(...ending(task));
    },
    onGone: () => {
      end();
      tell('The server knows nothing of this answer any more.', 'failed');
    },
  });
}

/**
 * @param {string} role
 * @param {string} content
 */
function show(role, content) {
  byId('empty', HTMLElement).hidden = true;
  const message = el('p.message', { 'data-role': role }, content);
  log.append(message);
  message.scrollIntoView({ block: 'end' });
  return message;
}

/** @param {string | undefined} taskId */
function remember(taskId) {
  conversation.taskId = taskId;
  store(conversation);
}

/** @param {boolean} isBusy */
function setBusy(isBusy) {
  stop.hidden = !isBusy;
  send.hidden = isBusy;
}

/**
 * @param {string} text
 * @param {string} kind
 */
function tell(text, kind = '') {
  status.textContent = text;
  status.dataset.status = kind;
}
