import { context, propagation, trace } from '@opentelemetry/api';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startSample } from './sample-app.js';

it('with TRACES=console all that a document goes through is one trace, told on the console', async () => {
  onTestFinished(() => {
    for (const api of [trace, context, propagation]) api.disable();
  });
  const lines: string[] = [];
  const spy = vi.spyOn(console, 'log').mockImplementation((line: unknown) => void lines.push(String(line)));
  onTestFinished(() => spy.mockRestore());
  const sample = await startSample({ TRACES: 'console' });
  const { body } = await sample.post('/documents', { title: 'A title', text: 'A text. It has two sentences.' });
  expect((await sample.finished((body as { id: string }).id)).status).toBe('completed');
  const told = () =>
    lines.map(
      (line) =>
        /^trace (\w+) (\w+) \S*?documents:(extract|analyze|summarize|embed) · [\d.]+ ms(.*)$/.exec(line)?.slice(1) ??
        [],
    );
  await vi.waitFor(() => expect(told().filter(([, what]) => what === 'process')).toHaveLength(4), 10_000);
  const spans = told().filter(([id]) => id !== undefined);
  expect(new Set(spans.map(([id]) => id)).size).toBe(1);
  expect(spans.filter(([, what]) => what === 'process').map(([, , stage, rest]) => [stage, rest])).toEqual(
    ['extract', 'analyze', 'summarize', 'embed'].map((stage) => [stage, ' · completed']),
  );
});
