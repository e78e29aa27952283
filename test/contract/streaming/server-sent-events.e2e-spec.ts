import { get as httpGet, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Controller, Headers, Inject, Param, Res, Sse } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  isTaskEnd,
  RedisStreamsModule,
  StreamHandler,
  StreamProducer,
  StreamTasks,
  taskEvents,
} from 'nestjs-redis-streams';
import { EMPTY } from 'rxjs';
import { expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** The events of a response so far: their fields by name. */
class Client {
  readonly events: Record<string, string>[] = [];
  comments = 0;
  private text = '';

  private constructor(readonly response: IncomingMessage) {
    response.setEncoding('utf8').on('data', (text: string) => this.take(text));
    response.on('error', () => undefined);
  }

  static async connect(url: string, lastEventId?: string): Promise<Client> {
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await new Promise<IncomingMessage>((resolve) => httpGet(url, { headers }, resolve));
    const client = new Client(response);
    onTestFinished(() => client.leave());
    return client;
  }

  leave(): void {
    this.response.destroy();
  }

  private take(text: string): void {
    this.text += text;
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop()!;
    for (const block of blocks) {
      const lines = block.split('\n').filter((line) => line !== '');
      if (lines.some((line) => line.startsWith(':'))) this.comments++;
      const fields = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
      const event = Object.fromEntries(fields) as Record<string, string>;
      if (event.data !== undefined) this.events.push(event);
    }
  }
}

async function server(heartbeatMs?: number) {
  const stream = uniqueStream('sse');
  let goOn: (() => void) | undefined;

  @Controller()
  class Api {
    constructor(@Inject(StreamTasks) private readonly tasks: StreamTasks) {}

    @StreamHandler(stream)
    async *chat() {
      for (let n = 0; n < 10; n++) {
        await new Promise<void>((resolve) => (goOn = resolve));
        yield `token ${n}`;
      }
    }

    @Sse('tasks/:id/events')
    events(
      @Param('id') id: string,
      @Headers('last-event-id') from: string | undefined,
      @Res({ passthrough: true }) response: { status(code: number): unknown },
    ) {
      if (!isTaskEnd(from)) return taskEvents(this.tasks.watch(stream, id, { from }), { heartbeatMs });
      response.status(204);
      return EMPTY;
    }
  }

  const module = await Test.createTestingModule({
    imports: [RedisStreamsModule.forRoot()],
    controllers: [Api],
  }).compile();
  const app = module.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await app.listen(0);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const id = await app.get(StreamProducer).add(stream, { n: 1 });
  const next = async () => {
    const release = await eventually(() => goOn);
    goOn = undefined;
    release();
  };
  return { url: `http://127.0.0.1:${port}/tasks/${id}/events`, next };
}

it('a client that reconnects after every event sees each once and in order, and is told to stop after the end', async () => {
  const { url, next } = await server();
  const seen: string[] = [];
  let last: Record<string, string> | undefined;
  let released = 0;
  while (last?.event !== 'end') {
    const client = await Client.connect(url, last?.id);
    expect(client.response.headers['content-type']).toBe('text/event-stream');
    if (released++ < 10) await next();
    last = await eventually(() => client.events[0]);
    client.leave();
    if (last.event === 'chunk') seen.push((JSON.parse(last.data!) as { value: string }).value);
  }
  expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => `token ${n}`));
  const after = await Client.connect(url, last.id);
  expect(after.response.statusCode).toBe(204);
});

it('every event has an id, the end ends the response, and a client that hears nothing gets a heartbeat', async () => {
  const { url, next } = await server(20);
  const client = await Client.connect(url);
  await eventually(() => client.comments > 1);
  for (let n = 0; n < 10; n++) await next();
  await eventually(() => client.response.readableEnded);
  expect(client.events.map(({ event }) => event).filter((event) => event !== 'state')).toEqual([
    ...Array.from({ length: 10 }, () => 'chunk'),
    'end',
  ]);
  expect(client.events.every(({ id }) => /^\d+-\d+\.\d+-\d+\./.test(id!))).toBe(true);
});

it('an id that is no cursor fails the request, and is not the beginning', async () => {
  const { url } = await server();
  expect((await Client.connect(url, '7')).response.statusCode).toBe(500);
});
