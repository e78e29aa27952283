import { DeadLetters } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { addLetters, type LetterFields } from '../../support/dead-letters.js';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** Four letters of tasks, the third of which is not as the library writes them. What comes of a redrive of all. */
async function redriveBeside(odd: LetterFields) {
  const stream = uniqueStream('odd');
  const cli = redisCli();
  const workers = await moodyWorkers({ stream });
  const letters = workers.app.get(DeadLetters);
  const ids = await workers.killTasks(4);
  const known = await cli.xrange(deadLetterKey(stream), '-', '+');
  await cli.del(deadLetterKey(stream));
  for (const [n, [, fields]] of known.entries()) {
    if (n === 2) await addLetters(cli, stream, 1, () => ({ entryId: fields[fields.indexOf('~dead-id') + 1]!, ...odd }));
    else await cli.xadd(deadLetterKey(stream), '*', ...fields);
  }
  workers.fails = () => false;
  const { eligible, notEligible } = await letters.planRedrive(stream, { all: true });
  const redrive = await letters.redrive(stream, { all: true }, { rate: 0 });
  const { done, skipped } = await redrive.ended();
  expect({ done, skipped }).toEqual({ done: eligible, skipped: notEligible });
  await eventually(() => workers.done.length === done);
  expect(await cli.xlen(deadLetterKey(stream))).toBe(ids.length - done);
  return { done, skipped };
}

it('a letter larger than what Redis reads at once is redriven as others are', async () => {
  expect(await redriveBeside({ more: { text: 'x'.repeat(5_000_000) } })).toEqual({ done: 4, skipped: {} });
});

it.each<[string, LetterFields]>([
  ['numbers without end', { more: { '~dead-life': '{"at":1,"deliveries":1e999,"history":[1e999]}' } }],
  ['a count that is none', { more: { '~dead-deliveries': 'inf' } }],
  [
    'texts in the place of numbers',
    { more: { '~dead-life': '{"at":"x","redrives":"y","history":"z","origin":null}' } },
  ],
  ['an error that is no text of UTF-8', { error: '\ud800\u0000é'.repeat(200) }],
])('a letter with %s does not keep itself and others from being redriven', async (_, odd) => {
  expect(await redriveBeside(odd)).toEqual({ done: 4, skipped: {} });
});

it('a letter of what can be no entry is left as it is, and the others are redriven', async () => {
  const left = await redriveBeside({ entryId: '99999999999999999999999-1' });
  expect(left).toEqual({ done: 3, skipped: { 'not-in-stream': 1 } });
});
