import { ReplyError } from 'ioredis';
import { expect, it } from 'vitest';
import { pass, useFakeTime } from '../../../../../test/support/engine.js';
import { Keys } from '../keys.js';
import type { AppendConnection } from './append-connection.js';
import { RedisAppendProbe } from './redis-append-probe.js';

useFakeTime();

it('what this user may not try is tried again once a minute, as rights change', async () => {
  let problem: string | undefined = "NOPERM this user has no permissions to run the 'set' command";
  let tries = 0;
  const client = {
    ping: async () => 'PONG',
    set: async () => {
      tries++;
      if (problem) throw new ReplyError(problem);
      return null;
    },
  };
  const connection = { call: (send: (to: unknown) => unknown) => send(client) } as unknown as AppendConnection;
  const probe = new RedisAppendProbe(connection, new Keys(''));
  probe.noteAdd('tasks');
  for (let n = 0; n < 3; n++) expect(await probe.obstacle(1_000, true)).toBeUndefined();
  expect(tries).toBe(1);
  await pass(60_000);
  problem = 'OOM command not allowed';
  expect(await probe.obstacle(1_000, true)).toMatch(/OOM/);
  expect(await probe.obstacle(1_000, true)).toMatch(/OOM/);
  expect(tries).toBe(3);
});
