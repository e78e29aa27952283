import type { GroupMember } from '../group-member.js';
import { SAY_PRESENT } from '../../lua/workers/say-present.js';
import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Says that a worker is there, and how many slots it has.
 *
 * KEYS 1 workers: see `GroupKeys.workers`
 * ARGV 1 consumer, 2 slots
 */
const sayPresentScript = script(`
local workers = KEYS[1]
${SERVER_NOW}
${SAY_PRESENT}
sayPresent(ARGV[1], ARGV[2])
`);

export async function sayPresent({ keys, consumer, run }: GroupMember, slots: number): Promise<void> {
  await run(sayPresentScript, [keys.workers], [consumer, slots]);
}
