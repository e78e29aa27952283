import { DeadLetters, StreamGroups, StreamReplay } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { redisCli } from '../../support/redis-cli.js';
import { uniqueStream } from '../../support/streams.js';

const NO_WORKER = expect.stringMatching(/has no live worker: its tasks wait for one/);
const PAUSED = expect.stringMatching(/is paused by ops .*: quota\. Until it goes on, its tasks wait/);

it('a plan says which groups would not run what they get now: paused ones, and those without a live worker', async () => {
  const stream = uniqueStream('plan');
  const redis = redisCli();
  await redis.xadd(stream, '1-1', 'n', '1');
  await redis.xadd(stream, '1-2', 'n', '2');
  await redis.xgroup('CREATE', stream, 'workers', '1-2');
  await redis.xgroup('CREATE', stream, 'audit', '1-2');
  const letter = ['~dead-reason', 'max-deliveries', '~dead-error', 'Error: 429', '~dead-group', 'workers'];
  await redis.xadd(`{${stream}}:dead`, '*', ...letter, '~dead-id', '1-1', 'n', '1');
  const app = await startApp({});
  const [letters, replays, groups] = [app.get(DeadLetters), app.get(StreamReplay), app.get(StreamGroups)];

  expect((await letters.planRedrive(stream, { all: true })).warnings).toContainEqual(NO_WORKER);
  await groups.pause(stream, { by: 'ops', reason: 'quota' });
  const redrive = await letters.planRedrive(stream, { all: true });
  expect(redrive.warnings).toEqual([expect.stringContaining('run once more'), PAUSED, NO_WORKER]);
  // Where there is nothing to do there is nothing to warn of.
  expect((await letters.planRedrive(stream, { group: 'audit' })).warnings).toEqual([]);

  const inPlace = await replays.plan(stream, { all: true }, { group: 'audit' });
  expect(inPlace.warnings).toContainEqual(NO_WORKER);
  expect(inPlace.warnings).not.toContainEqual(PAUSED);
  const copied = await replays.plan(stream, { all: true }, { copyTo: stream });
  expect(copied.warnings).toEqual(expect.arrayContaining([PAUSED, NO_WORKER]));
  const nowhere = await replays.plan(stream, { all: true }, { copyTo: uniqueStream('nobody') });
  expect(nowhere.warnings).toEqual([
    expect.stringMatching(/All groups of '.*nobody.*' get what is copied there, as new tasks/),
    expect.stringMatching(/'.*nobody.*' has no groups: no worker has started for it yet/),
  ]);
});
