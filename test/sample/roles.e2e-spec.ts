import { NestFactory } from '@nestjs/core';
import { expect, it, vi } from 'vitest';
import { AppModule } from '../../apps/document-pipeline/src/app.module.js';
import { loadConfig } from '../../apps/document-pipeline/src/config.js';
import { closeWithTest } from '../support/app.js';
import { startSample, uniquePrefix } from './sample-app.js';

it('works as an API and a worker of their own', async () => {
  const STREAM_PREFIX = uniquePrefix();
  vi.stubEnv('REDIS_STREAMS_CONSUME', 'false');
  const api = await startSample({ STREAM_PREFIX });
  vi.unstubAllEnvs();
  const { body } = await api.post('/documents', { title: 'Apart', text: 'One here. One there.' });
  expect((await api.get('/health')).body.details['redis-streams'].consumers).toEqual([]);
  expect((await api.get(`/documents/${body.id}`)).body.status).toBe('queued');
  // Followed from before the worker is there.
  const followed = fetch(`${api.url}/documents/${body.id}/events`).then((response) => response.text());

  const config = loadConfig({ REDIS_URL: process.env.REDIS_URL, STREAM_PREFIX });
  const worker = await NestFactory.createApplicationContext(AppModule.forRoot(config), { logger: false });
  closeWithTest(worker);

  expect(await followed).toContain('"status":"completed"');
  expect((await api.finished(body.id)).status).toBe('completed');
});
