import { z } from 'zod';
import type { ChatMessage } from '../../streams.js';
import { CHAT_REQUEST } from '../chat-task.schema.js';

const WHAT = 'Send what useChat sends: JSON such as { "id": "…", "messages": [{ "role": "user", "parts": [ … ] }] }.';

const UI_MESSAGE = z.looseObject({
  role: z.string(),
  parts: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});

/** What the AI SDK's DefaultChatTransport sends. A chat's id becomes part of a path. */
export const UI_MESSAGE_REQUEST = z
  .looseObject(
    { id: z.string().regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ and -'), messages: z.array(UI_MESSAGE) },
    WHAT,
  )
  .transform(({ id, messages }) => ({ id, messages: messages.flatMap(chatMessageOf) }))
  .pipe(CHAT_REQUEST.extend({ id: z.string() }));
export type UiMessageRequest = z.infer<typeof UI_MESSAGE_REQUEST>;

/** Only the text: files, tools and reasoning are beyond this chat. */
function chatMessageOf({ role, parts }: z.infer<typeof UI_MESSAGE>): ChatMessage[] {
  if (role !== 'user' && role !== 'assistant') return [];
  return [{ role, content: parts.map(({ type, text }) => (type === 'text' ? (text ?? '') : '')).join('') }];
}
