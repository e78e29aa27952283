import { expect, it } from 'vitest';
import type { Queries } from '../../../model/ports/queries.js';
import { Brake } from './brake.js';

function brake(...backlogs: [name: string, count: number, isExact: boolean][]): Brake {
  const groups = backlogs.map(([name, count, isExact]) => ({ name, backlog: { count, isExact } }));
  return new Brake({ look: async () => ({ groups }) } as unknown as Queries, 's', 10);
}

it('holds an operation up while a group has too many tasks that are not delivered yet', async () => {
  expect(await brake(['g', 9, true]).waitsFor()).toBeUndefined();
  expect(await brake(['g', 10, true]).waitsFor()).toMatch(/'g' of 's' has 10 tasks or more/);
  expect(await brake(['g', 10, true], ['other', 0, true]).waitsFor('other')).toBeUndefined();
});

it('takes for too many what could not be counted to its end, as where entries are wide', async () => {
  expect(await brake(['g', 3, false]).waitsFor()).toMatch(/more tasks than can be counted/);
});
