import { RetryLaterError, UnrecoverableError } from 'nestjs-redis-streams';
import { APIError } from 'openai';
import { describe, expect, it } from 'vitest';
import { toTaskError } from './open-ai-errors.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');

function answered(status: number, headers: Record<string, string> = {}, error: object = { message: 'no' }) {
  return toTaskError(APIError.generate(status, { error }, undefined, new Headers(headers)), NOW);
}

describe('429 and 503', () => {
  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 30_000],
    [429, { 'retry-after': '86400' }, 600_000],
    [429, { 'retry-after': 'soon' }, 5_000],
    [503, {}, 5_000],
  ])('%i with %j is tried again after %i ms', (status, headers, delayMs) => {
    expect(answered(status, headers)).toEqual(expect.objectContaining({ name: 'RetryLaterError', delayMs }));
    expect(answered(status, headers)).toBeInstanceOf(RetryLaterError);
  });
});

it.each([400, 401, 403, 404, 422])('%i is final', (status) => {
  expect(answered(status)).toBeInstanceOf(UnrecoverableError);
});

it('a used-up quota is final, though its status is 429', () => {
  expect(answered(429, {}, { code: 'insufficient_quota' })).toBeInstanceOf(UnrecoverableError);
});

it('leaves other failures to the backoff of the stream', () => {
  const error = new Error('socket hang up');
  expect(toTaskError(error)).toBe(error);
  expect(answered(500)).toBeInstanceOf(APIError);
});
