import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Adds what tasks owe to one stream, each once: a marker tells that it was added, and as what. In its order, up to the first that cannot be
 * added. Nothing is added after a time beyond which its sender may hold the tasks no more: it was frozen, or what it sent was.
 *
 * A marker is set before the entry is added, as an entry without one would be added again; until then it is empty, and so it means nothing
 * should the entry be refused.
 *
 * KEYS 1 stream, then the markers of what is to be added, then those of what was acked since
 * ARGV 1 latest server time in ms, 2 ttl of a marker in ms, 3 ttl of one of a task that is acked, 4 number of what is to be added,
 *      then for each: number of values, the values
 * Returns { server time, ids, why the next one was not added or '', 1 where it is too late, else 0 }.
 */
export const deliverScript = script(`
local stream, count, at, ids = KEYS[1], tonumber(ARGV[4]), 5, {}
${SERVER_NOW}
for i = count + 2, #KEYS do redis.pcall('PEXPIRE', KEYS[i], ARGV[3]) end
if now > tonumber(ARGV[1]) then return { now, ids, '', 1 } end
for i = 1, count do
  local marker, size = KEYS[i + 1], tonumber(ARGV[at])
  local id = redis.pcall('GET', marker)
  if not id or id == '' then
    local isSet = redis.pcall('SET', marker, '', 'PX', ARGV[2])
    id = isSet.err and isSet or redis.pcall('XADD', stream, '*', unpack(ARGV, at + 1, at + size))
    if type(id) == 'table' then redis.pcall('DEL', marker) else redis.call('SET', marker, id, 'PX', ARGV[2]) end
  end
  if type(id) == 'table' then return { now, ids, id.err, 0 } end
  ids[i] = id
  at = at + 1 + size
end
return { now, ids, '', 0 }
`);

export type DeliverScriptReply = [serverNow: number, ids: string[], refusal: string, isTooLate: number];
