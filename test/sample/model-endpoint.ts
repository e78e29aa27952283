import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Call {
  readonly path: string;
  readonly body: { model: string; stream?: boolean; input?: string; messages?: { content: string }[] };
}

export interface Answer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Instead of a body: server-sent. */
  readonly chunks?: readonly unknown[];
}

/** A model endpoint that answers as the test says. */
export async function modelEndpoint(
  answer: (call: Call, nth: number) => Answer,
): Promise<{ url: string; calls: Call[] }> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    void read(request).then((body) => {
      const call = { path: request.url!, body };
      calls.push(call);
      const { status = 200, headers, body: reply, chunks } = answer(call, calls.length);
      const type = chunks ? 'text/event-stream' : 'application/json';
      response.writeHead(status, { 'content-type': type, ...headers });
      for (const chunk of chunks ?? []) response.write(`data: ${JSON.stringify(chunk)}\n\n`);
      response.end(chunks ? 'data: [DONE]\n\n' : JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, calls };
}

async function read(request: IncomingMessage): Promise<Call['body']> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return JSON.parse(text) as Call['body'];
}
