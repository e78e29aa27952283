import type { TaskEvent } from 'nestjs-redis-streams';
import { onTestFinished } from 'vitest';

export type StreamedEvent = TaskEvent<string>;

export interface EventStream {
  readonly status: number;
  readonly events: StreamedEvent[];
  /** What is shown of the answer: a restart voids what was told before. */
  text(): string;
  /** Resolves when the response has ended. */
  readonly ended: Promise<unknown>;
  leave(): void;
}

/** Reads server-sent events as they come. */
export async function followEvents(url: string, headers: Record<string, string>): Promise<EventStream> {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const response = await fetch(url, { headers, signal: leaving.signal });
  const events: StreamedEvent[] = [];
  const ended = read(response, events).catch(() => undefined);
  return { status: response.status, events, text: () => textOf(events), ended, leave: () => leaving.abort() };
}

export function textOf(events: readonly StreamedEvent[]): string {
  const shown = events.slice(events.findLastIndex(({ type }) => type === 'restart') + 1);
  return shown.map((event) => (event.type === 'chunk' ? event.value : '')).join('');
}

async function read(response: Response, events: StreamedEvent[]): Promise<void> {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split('\n\n');
    text = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('data');
      const told = { type: field('event'), cursor: field('id') } as StreamedEvent;
      if (data) events.push({ ...told, ...(JSON.parse(data) as object) });
    }
  }
}
