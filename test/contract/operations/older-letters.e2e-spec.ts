import { DeadLetters } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { moodyWorkers } from '../../support/moody-workers.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

/** A letter as every version of this library before the redrive has written it. */
function oldLetter(stream: string, entryId: string, fields: readonly string[]): string[] {
  return [
    ...fields,
    ...['~dead-reason', 'max-deliveries'],
    ...['~dead-error', 'Error: boom'],
    ...['~dead-stream', stream],
    ...['~dead-group', 'workers'],
    ...['~dead-id', entryId],
    ...['~dead-deliveries', '3'],
    ...['~dead-at', '2026-11-21T23:13:26.000Z'],
    ...['~dead-stack', 'Error: boom\n    at handle (worker.js:1:1)'],
  ];
}

it('letters of earlier versions are listed, told, redriven in place or as copies, and purged', async () => {
  const stream = uniqueStream('older');
  const cli = redisCli();
  const workers = await moodyWorkers({ stream });
  const letters = workers.app.get(DeadLetters);
  const ids = await workers.killTasks(5);
  workers.fails = () => false;
  await cli.del(deadLetterKey(stream));
  const [inPlace, trimmed, wide, purged, last] = ids as [string, string, string, string, string];
  await cli.xdel(stream, trimmed, wide);
  const json = ['~json:n', '', '~corr', 'order 7'];
  const add = (...fields: string[]) => cli.xadd(deadLetterKey(stream), '*', ...fields);
  const letterIds = [
    await add(...oldLetter(stream, inPlace, ['n', '0', ...json])),
    await add(...oldLetter(stream, trimmed, ['n', '1', ...json])),
    await add(...oldLetter(stream, wide, ['~dead-fields', JSON.stringify(['n', '2', ...json])])),
    await add(...oldLetter(stream, purged, ['n', '3', ...json])),
    await add(...oldLetter(stream, last, ['n', '4', ...json])),
  ] as string[];

  const listed = [];
  for await (const letter of letters.list(stream)) listed.push(letter);
  expect(listed.map(({ id, entry }) => [id, entry.id, entry.payload])).toEqual(
    letterIds.map((id, n) => [id, ids[n], { n }]),
  );
  const told = { reason: 'max-deliveries', errorText: 'Error: boom', group: 'workers', deliveryCount: 3 };
  expect(await letters.get(stream, letterIds[2]!)).toMatchObject({ ...told, entry: { id: wide, payload: { n: 2 } } });

  expect(await (await letters.purge(stream, { ids: [letterIds[3]!] })).ended()).toMatchObject({ done: 1 });
  const filter = { error: 'boom', to: letterIds[3]! };
  expect(await letters.planRedrive(stream, filter)).toMatchObject({ eligible: 1, notEligible: { 'not-in-stream': 2 } });
  expect(await (await letters.redrive(stream, filter)).ended()).toMatchObject({ done: 1 });
  const copies = await letters.redrive(stream, { all: true }, { copyTrimmed: true });
  expect(await copies.ended()).toMatchObject({ done: 3, skipped: {} });
  await eventually(() => workers.done.length === 4);
  expect(workers.done).toEqual(expect.arrayContaining([inPlace, last]));
  expect(await cli.xlen(deadLetterKey(stream))).toBe(0);
});
