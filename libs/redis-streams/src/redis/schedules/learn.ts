import type { DeclaredSchedule, StoredSchedule, StoredSchedules } from '../../model/ports/tasks/schedule-store.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { script } from '../lua/script.js';
import { SCHEDULE_FIELDS, TICKS } from './schedule-fields.js';
import type { RunScript } from '../lua/run-script.js';

/**
 * KEYS 1 schedules
 * ARGV for each declared schedule: name, spec
 * Returns { server time, the hash: field and value in turn }.
 */
const learnScript = script(`
local schedules = KEYS[1]
${SERVER_NOW}
${TICKS}
for i = 1, #ARGV, 2 do
  local field = '${SCHEDULE_FIELDS.declared}' .. ARGV[i]
  if redis.call('HGET', schedules, field) ~= ARGV[i + 1] or not lastTickOf(ARGV[i]) then
    -- First, so that one whose spec was kept has a tick, too, should the memory be full.
    beginAnew(ARGV[i])
    redis.call('HSET', schedules, field, ARGV[i + 1])
  end
end
local known, hasLeapt = redis.call('HGETALL', schedules), false
for i = 1, #known, 2 do
  local name = string.match(known[i], '^${SCHEDULE_FIELDS.tick}(.*)$')
  if name and endLeap(name) then hasLeapt = true end
end
return { now, hasLeapt and redis.call('HGETALL', schedules) or known }
`);

export async function learn(
  run: RunScript,
  key: string,
  declared: readonly DeclaredSchedule[],
): Promise<StoredSchedules> {
  const args = declared.flatMap(({ name, spec }) => [name, spec]);
  const [serverNow, flat] = await run<[number, string[]]>(learnScript, [key], args);
  const fields = new Map<string, string>();
  for (let i = 0; i < flat.length; i += 2) fields.set(flat[i]!, flat[i + 1]!);
  return { serverNow, schedules: [...schedulesIn(fields)] };
}

function* schedulesIn(fields: ReadonlyMap<string, string>): Generator<StoredSchedule> {
  const { tick, spec, pause } = SCHEDULE_FIELDS;
  for (const [field, value] of fields) {
    if (!field.startsWith(tick)) continue;
    const name = field.slice(tick.length);
    const [lastTickAt, lastTaskId] = timeAnd(value);
    const paused = fields.get(pause + name);
    const [at, reason] = timeAnd(paused ?? '');
    yield {
      ...{ name, spec: fields.get(spec + name), lastTickAt, lastTaskId: lastTaskId || undefined },
      paused: paused === undefined ? undefined : { at, reason },
    };
  }
}

function timeAnd(text: string): [number, string] {
  const space = text.indexOf(' ');
  return [Number(text.slice(0, space)), text.slice(space + 1)];
}
