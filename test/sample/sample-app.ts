import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import { AppModule } from '../../apps/document-pipeline/src/app.module.js';
import { loadConfig } from '../../apps/document-pipeline/src/config.js';
import { configureApp } from '../../apps/document-pipeline/src/configure-app.js';
import type { DocumentState } from '../../apps/document-pipeline/src/documents/document-state.js';
import type { WorkerState } from '../../apps/document-pipeline/src/operations/workers.js';
import { closeWithTest, RecordedLog } from '../support/app.js';
import { eventually } from '../support/eventually.js';
import { uniqueStream } from '../support/streams.js';

export interface SampleApp {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly logs: RecordedLog;
  get(path: string): Promise<Reply>;
  post(path: string, body: unknown): Promise<Reply>;
  /** Waits until the document is completed or failed. */
  finished(id: string): Promise<DocumentState>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever JSON came
  readonly body: any;
}

/** A name that separates what one test keeps in Redis from all others. */
export function uniquePrefix(): string {
  return `${uniqueStream('sample')}:`;
}

/** The sample as main.ts starts it, on a free port; closed with the test. */
export async function startSample(environment: Record<string, string> = {}): Promise<SampleApp> {
  const config = loadConfig({ REDIS_URL: process.env.REDIS_URL, STREAM_PREFIX: uniquePrefix(), ...environment });
  const logs = new RecordedLog();
  const module = await Test.createTestingModule({ imports: [AppModule.forRoot(config)] })
    .setLogger(logs)
    .compile();
  const app = module.createNestApplication<NestExpressApplication>({ forceCloseConnections: true });
  configureApp(app);
  closeWithTest(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const get = (path: string) => request(url + path);
  const post = (path: string, body: unknown) => request(url + path, asRequest(body));
  return { app, url, logs, get, post, finished: (id) => finished(id, get) };
}

async function request(url: string, init?: RequestInit): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('application/json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}

function asRequest(body: unknown): RequestInit {
  if (body instanceof FormData) return { method: 'POST', body };
  const json = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', body: json, headers: { 'content-type': 'application/json' } };
}

function finished(id: string, get: SampleApp['get']): Promise<DocumentState> {
  return eventually(async () => {
    const { body } = await get(`/documents/${id}`);
    const document = body as DocumentState;
    return (document.status === 'completed' || document.status === 'failed') && document;
  }, 25_000);
}

/** Who runs tasks, as the page is told. */
export async function workersAt(sample: SampleApp): Promise<WorkerState[]> {
  return ((await sample.get('/queues')).body as { workers: WorkerState[] }).workers;
}

/** A form with one file. */
export function upload(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  fields: Record<string, string> = {},
): FormData {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  form.set('file', new Blob([content]), name);
  return form;
}
