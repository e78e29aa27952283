import { DeadLetters } from 'nestjs-redis-streams';
import { expect, it, onTestFinished, vi } from 'vitest';
import { startApp } from '../../support/app.js';
import { deadLetterKey } from '../../support/pending.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const MINUTE = 60_000;

it.each([10 * MINUTE, -10 * MINUTE])(
  'how old a letter is, Redis says: the clock of a process that is %i ms off selects no others',
  async (offMs) => {
    const stream = uniqueStream('other-clock');
    const cli = redisCli();
    const letters = (await startApp({ options: { consume: false } })).get(DeadLetters);
    const [seconds] = await cli.time();
    for (const minutesAgo of [9, 3, 1])
      await cli.xadd(deadLetterKey(stream), `${Number(seconds) * 1_000 - minutesAgo * MINUTE}-0`, 'n', `${minutesAgo}`);
    const right = Date.now.bind(Date);
    const clock = vi.spyOn(Date, 'now').mockImplementation(() => right() + offMs);
    onTestFinished(() => clock.mockRestore());

    const older = { olderThanMs: 2 * MINUTE };
    const listed = [];
    for await (const { entry } of letters.list(stream, older)) listed.push(entry.payload);
    expect(listed).toEqual([{ n: '9' }, { n: '3' }]);
    expect(await letters.summary(stream, older)).toMatchObject({ scanned: 2 });
    expect(await letters.planRedrive(stream, older)).toMatchObject({ notEligible: { 'another-group': 2 } });
    expect(await letters.planPurge(stream, older)).toMatchObject({ eligible: 2 });
    expect(await (await letters.purge(stream, older)).ended()).toMatchObject({ done: 2 });
    expect(await cli.xlen(deadLetterKey(stream))).toBe(1);
  },
);
