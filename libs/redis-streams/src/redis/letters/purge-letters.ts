import type { OperationStep, StepOutcome } from '../../model/ports/admin/operations.js';
import { ID_PAGES } from '../lua/fragments/id-pages.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { STEP, stepArguments } from '../lua/operations/step.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

/**
 * Deletes dead letters. Those that are gone already are left out as `gone`.
 *
 * KEYS 1 record of the bulk action, 2 dead
 * ARGV the step, then ids
 * Returns 1 where it was done.
 */
const purgeScript = script(`
local record, dead = KEYS[1], KEYS[2]
${SERVER_NOW}
${STEP}
${ID_PAGES}
local ids = {}
for i = stepAt(1), #ARGV do ids[#ids + 1] = ARGV[i] end
if not mayStep() then return 0 end
local purged = 0
for page in idPages(ids) do purged = purged + redis.call('XDEL', dead, unpack(page)) end
stepped(purged, purged < #ids and { gone = #ids - purged } or {})
return 1
`);

/** @param keys of the bulk action's record, and of the dead letters */
export async function purgeLetters(
  run: RunScript,
  keys: readonly [record: string, dead: string],
  step: OperationStep,
  ids: readonly string[],
): Promise<StepOutcome> {
  return (await run(purgeScript, keys, [...stepArguments(step), ...ids])) === 1 ? 'done' : 'lost';
}
