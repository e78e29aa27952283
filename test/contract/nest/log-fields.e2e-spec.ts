import { ConsoleLogger, Controller, type LoggerService } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { RedisStreamsModule, StreamHandler, StreamProducer } from 'nestjs-redis-streams';
import { expect, it, onTestFinished, vi } from 'vitest';
import { closeWithTest } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** Runs a task that fails once, in an app that logs with this. */
async function failOnce(logger: LoggerService) {
  const stream = uniqueStream();
  let runs = 0;

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 5 } } })
    async handle() {
      if (++runs === 1) throw new Error('out of memory');
    }
  }
  const module = await Test.createTestingModule({
    imports: [RedisStreamsModule.forRoot()],
    controllers: [Worker],
  })
    .setLogger(logger)
    .compile();
  closeWithTest(module);
  await module.init();
  const entryId = await module.get(StreamProducer).add(stream, {});
  await eventually(() => runs === 2);
  return { stream, group: 'workers', entryId, deliveryCount: 1 };
}

function capturedConsole(): string[] {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(print),
    vi.spyOn(console, 'error').mockImplementation(print),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  return printed;
}

it('Nest’s own logger in JSON mode gets stream, group, entry id and delivery as params', async () => {
  const printed = capturedConsole();
  const fields = await failOnce(new ConsoleLogger({ json: true, forceConsole: true }));
  const records = printed.map((line) => JSON.parse(line) as { level: string; message: string; params?: unknown });
  const warnings = records.filter(({ level }) => level === 'warn');
  expect(warnings).toMatchObject([{ context: 'RedisStreams', message: expect.stringContaining('out of memory') }]);
  expect(warnings[0]!.params).toEqual(fields);
});

it('Nest’s own logger prints one plain line, without them', async () => {
  const printed = capturedConsole();
  await failOnce(new ConsoleLogger({ colors: false, forceConsole: true }));
  const [warning, ...more] = printed.filter((line) => / WARN /.test(line));
  expect(more).toEqual([]);
  expect(warning).toMatch(/\[RedisStreams\] .*next try in \d+ ms: Error: out of memory\n {4}at Worker.handle [^\n]*$/);
});

it('a logger of objects, such as nestjs-pino’s and nest-winston’s, gets them beside the message', async () => {
  const records: Record<string, unknown>[] = [];
  // The last parameter is the context; of an object, pino takes the own properties and winston the message.
  const keep =
    (level: string) =>
    (message: unknown, ...params: unknown[]) => {
      const { message: text = message } = message as { message?: unknown };
      records.push({ level, text, context: params.at(-1), ...(typeof message === 'object' ? message : {}) });
    };
  const logger = { log: keep('log'), debug: keep('debug'), warn: keep('warn'), error: keep('error') };

  const fields = await failOnce(logger);
  const text = expect.stringContaining('out of memory');
  expect(records.filter(({ level }) => level === 'warn')).toEqual([
    { level: 'warn', context: 'RedisStreams', ...fields, text, msg: text },
  ]);
});

it('a logger that only knows strings still gets the text', async () => {
  const texts: string[] = [];
  const keep = (message: string) => void texts.push(`> ${message}`);
  await failOnce({ log: keep, warn: keep, error: keep, debug: keep });
  expect(texts.filter((text) => text.includes('out of memory'))).toHaveLength(1);
});
