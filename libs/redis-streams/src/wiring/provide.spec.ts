import { Test } from '@nestjs/testing';
import { expect, it } from 'vitest';
import { provide, token } from './provide.js';

class Clock {
  constructor(readonly offsetMs: number) {}
}

const OFFSET = token<number>('offset');
const LABEL = token<string>('label');

it('what a provider needs is handed to it in its order', async () => {
  const module = await Test.createTestingModule({
    providers: [
      provide(OFFSET, [], () => 5),
      provide(Clock, [OFFSET], (offsetMs) => new Clock(offsetMs)),
      provide(LABEL, [Clock, OFFSET], (clock, offset) => `${clock.offsetMs} ${offset}`),
    ],
  }).compile();
  expect(module.get(LABEL)).toBe('5 5');
});

it('what does not fit does not compile', () => {
  // @ts-expect-error -- a string is no number
  const need = provide(Clock, [LABEL], (offsetMs) => new Clock(offsetMs));
  // @ts-expect-error -- a number is no clock
  const made = provide(Clock, [OFFSET], (offset) => offset);
  expect([need, made]).toHaveLength(2);
});
