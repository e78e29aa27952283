import { AbstractChat, type ChatState, type ChatStatus, DefaultChatTransport, type UIMessage } from 'ai';
import type { SampleApp } from './sample-app.js';

/** What `useChat` is made of, without React around it. */
class TestChat extends AbstractChat<UIMessage> {
  get text(): string {
    return this.texts.join('');
  }

  /** The text parts of the answer. */
  get texts(): string[] {
    const answer = this.lastMessage?.role === 'assistant' ? this.lastMessage.parts : [];
    return answer.flatMap((part) => (part.type === 'text' ? [part.text] : []));
  }
}

class PlainState implements ChatState<UIMessage> {
  status: ChatStatus = 'ready';
  error: Error | undefined;
  messages: UIMessage[] = [];
  readonly pushMessage = (message: UIMessage) => void this.messages.push(message);
  readonly popMessage = () => void this.messages.pop();
  readonly replaceMessage = (index: number, message: UIMessage) => {
    this.messages[index] = structuredClone(message);
  };
  readonly snapshot = <T>(value: T): T => structuredClone(value);
}

/** A browser's cookies, with their paths. */
function browser(): typeof fetch {
  const cookies = new Map<string, { pair: string; path: string }>();
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const sent = [...cookies.values()].filter(({ path }) => url.pathname.startsWith(path)).map(({ pair }) => pair);
    const response = await fetch(url, {
      ...init,
      headers: [...new Headers(init?.headers), ['cookie', sent.join('; ')]],
    });
    for (const cookie of response.headers.getSetCookie()) {
      const path = /Path=([^;]*)/i.exec(cookie)?.[1] ?? '/';
      cookies.set(cookie.split('=')[0] + path, { pair: cookie.split(';')[0]!, path });
    }
    return response;
  };
}

/** A page with a chat; another one of the same browser and chat is what a reload makes. */
export function openChat(sample: SampleApp, { id = 'my-chat', fetch = browser(), headers = {} } = {}) {
  const transport = new DefaultChatTransport({ api: `${sample.url}/api/chat`, fetch, headers });
  const chat = new TestChat({ id, transport, state: new PlainState() });
  const reload = (more: Record<string, string> = {}) => openChat(sample, { id, fetch, headers: more });
  const stop = async () => (await fetch(`${sample.url}/api/chat/${id}`, { method: 'DELETE' })).json();
  return { chat, transport, reload, stop };
}
