import { expect, it } from 'vitest';
import { EnvironmentError, loadConfig } from './config.js';

it('needs nothing', () => {
  expect(loadConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 3_000,
    failRate: 0,
    slowMs: 0,
    documentTtlSeconds: 604_800,
  });
  expect(loadConfig({ PORT: '', OPENAI_BASE_URL: '' })).toEqual(loadConfig({}));
});

it('tells every wrong variable at once', () => {
  const environment = { PORT: 'http', FAIL_RATE: '2', REDIS_URL: 'localhost:6379' };
  const reasons = /PORT must be .*\n.*REDIS_URL must be .*\n.*FAIL_RATE must be/;
  expect(() => loadConfig(environment)).toThrow(EnvironmentError);
  expect(() => loadConfig(environment)).toThrow(reasons);
});

it('asks models where an endpoint is named', () => {
  const { openAi } = loadConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1', OPENAI_CHAT_MODEL: 'llama3' });
  expect(openAi).toMatchObject({ baseUrl: 'http://127.0.0.1:11434/v1', chatModel: 'llama3' });
});
