import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { type Correlation, RedisStreamsTracingModule } from 'nestjs-redis-streams/tracing';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { uniqueStream } from '../../support/streams.js';
import { type SeenSpan, Traces } from '../../support/traces.js';

/** Four stages, as a document goes through them; the first of two analyses fails once. */
async function pipeline(correlation?: Correlation) {
  const traces = new Traces();
  const [extract, analyze, summarize, embed] = ['extract', 'analyze', 'summarize', 'embed'].map(uniqueStream);
  let failures = 0;
  @Controller()
  class Stages {
    @StreamHandler(extract!)
    extract(@Payload() document: { name: string }, @Ctx() context: StreamContext) {
      context.forward(analyze!, document);
    }

    @StreamHandler(analyze!, { retry: { backoff: { initialMs: 1 } } })
    analyze(@Payload() document: { name: string }, @Ctx() context: StreamContext) {
      if (failures++ === 0) throw new Error('the model is busy');
      context.forward(summarize!, document);
    }

    @StreamHandler(summarize!)
    summarize(@Payload() document: { name: string }, @Ctx() context: StreamContext) {
      context.forward(embed!, document);
    }

    @StreamHandler(embed!)
    embed() {}
  }
  const imports = [RedisStreamsTracingModule.forRoot({ correlation })];
  const app = await startApp({ controllers: [Stages], imports });
  const add = (name: string) =>
    traces.within('request', async ({ traceId }) => {
      await app.producer.add(extract!, { name });
      return traceId;
    });
  return { traces, streams: [extract!, analyze!, summarize!, embed!], last: embed!, add };
}

it('with correlation parent each document is one trace, whatever it went through', async () => {
  const { traces, streams, last, add } = await pipeline('parent');
  const [extract, analyze, summarize, embed] = streams;
  const documents = [await add('a'), await add('b')];
  await traces.ended(`process ${last}`, 2);
  expect(new Set(traces.spans.map((span) => span.trace))).toEqual(new Set(documents));
  for (const document of documents) {
    const spans = traces.spans.filter((span) => span.trace === document);
    const names = spans.map(({ name }) => name);
    const retries = names.filter((name) => name === `process ${analyze}`).length - 1;
    const one = [`process ${extract}`, `create ${analyze}`, `create ${summarize}`, `process ${summarize}`];
    const all = [...one, `create ${embed}`, `process ${embed}`, 'request', `send ${extract}`];
    all.push(...Array.from({ length: retries + 1 }, () => `process ${analyze}`));
    expect(names.toSorted()).toEqual(all.toSorted());
    // From the last stage up to the request, without a gap.
    const path = pathOf(
      spans.find(({ name }) => name === `process ${embed}`)!,
      spans,
    );
    expect(path).toEqual([
      ...[`process ${embed}`, `create ${embed}`, `process ${summarize}`, `create ${summarize}`],
      ...[`process ${analyze}`, `create ${analyze}`, `process ${extract}`, `send ${extract}`, 'request'],
    ]);
  }
});

it('by default each attempt is a trace of its own, and links to what created its task', async () => {
  const { traces, streams, last, add } = await pipeline();
  await add('a');
  await traces.ended(`process ${last}`);
  const attempts = traces.spans.filter(({ kind }) => kind === 'CONSUMER');
  expect(new Set(attempts.map((span) => span.trace)).size).toBe(5);
  for (const [n, stream] of streams.entries()) {
    const created = traces.named(`${n === 0 ? 'send' : 'create'} ${stream}`)[0]!;
    for (const attempt of traces.named(`process ${stream}`)) {
      expect(attempt.parent).toBeUndefined();
      expect(attempt.links[0]).toBe(created.id);
    }
    const before = traces.named(`process ${streams[n - 1]}`).at(-1);
    expect(created.parent).toBe(before?.id ?? traces.named('request')[0]!.id);
  }
});

function pathOf(span: SeenSpan, spans: readonly SeenSpan[]): string[] {
  const parent = spans.find(({ id }) => id === span.parent);
  return [span.name, ...(parent ? pathOf(parent, spans) : [])];
}
