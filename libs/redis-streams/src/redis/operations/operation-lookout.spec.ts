import { expect, it } from 'vitest';
import { Keys } from '../keys.js';
import type { RunScript } from '../lua/run-script.js';
import { RedisOperationLookout } from './operation-lookout.js';

it('asks about all streams at once, and about each alone once a proxy turns out to hide a cluster', async () => {
  let hidesCluster = false;
  const asked: number[] = [];
  const run: RunScript = async <Reply>(_script: unknown, keys: readonly string[]) => {
    asked.push(keys.length);
    if (hidesCluster && keys.length > 1) throw new Error("CROSSSLOT Keys in request don't hash to the same slot");
    return [2] as Reply;
  };
  const lookout = new RedisOperationLookout(run, new Keys(''), () => true);
  expect(lookout.asOneQuestion(['a', 'b'])).toEqual([['a', 'b']]);
  expect(await lookout.busyAmong(['a', 'b'])).toEqual(['b']);
  hidesCluster = true;
  await expect(lookout.busyAmong(['a', 'b'])).rejects.toThrow('CROSSSLOT');
  expect(lookout.asOneQuestion(['a', 'b'])).toEqual([['a'], ['b']]);
});
