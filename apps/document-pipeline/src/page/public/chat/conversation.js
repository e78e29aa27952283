/**
 * @typedef {{ role: 'user' | 'assistant', content: string }} Message
 * @typedef {{ messages: Message[], taskId: string | undefined }} Conversation
 */

const KEY = 'conversation';

/**
 * What this tab has talked about, and which task answers: all that a reload needs.
 * @returns {Conversation}
 */
export function storedConversation() {
  try {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? '');
    return { messages: stored.messages, taskId: stored.taskId };
  } catch {
    return { messages: [], taskId: undefined };
  }
}

/** @param {Conversation} conversation */
export function store(conversation) {
  sessionStorage.setItem(KEY, JSON.stringify(conversation));
}
