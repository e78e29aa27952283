import { z } from 'zod';

const WHAT = 'Send JSON such as { "messages": [{ "role": "user", "content": "…" }] }.';
const LONGEST_CONVERSATION = 200;

const MESSAGE = z.object({ role: z.enum(['user', 'assistant']), content: z.string().max(100_000) });
const MESSAGES = z
  .array(MESSAGE)
  .max(LONGEST_CONVERSATION)
  .refine((messages) => /\S/.test(messages.at(-1)?.content ?? ''), 'must end with a message that is not empty');

/** What a client sends. */
export const CHAT_REQUEST = z.object({ messages: MESSAGES }, WHAT);
export type ChatRequest = z.infer<typeof CHAT_REQUEST>;

/** What is in the stream. */
export const CHAT_TASK = z.object({ caller: z.string(), messages: MESSAGES });
