import { SERVER_NOW } from '../../lua/fragments/server-now.js';
import { script } from '../../lua/script.js';

/**
 * Adds what tasks owe to one stream, each once: a marker tells that it was added, and as what. In its order, up to the first that cannot be
 * added. Nothing is added after a time beyond which its sender may hold the tasks no more: it was frozen, or what it sent was.
 *
 * A marker is set before the entry is added, and taken away should that fail: an entry without a marker would be added again.
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
  local isNew = redis.pcall('SET', marker, '', 'NX', 'PX', ARGV[2])
  if type(isNew) == 'table' and isNew.err then return { now, ids, isNew.err, 0 } end
  local id
  if isNew then
    id = redis.pcall('XADD', stream, '*', unpack(ARGV, at + 1, at + size))
    if type(id) == 'table' then
      redis.call('DEL', marker)
      return { now, ids, id.err, 0 }
    end
    redis.call('SET', marker, id, 'PX', ARGV[2])
  else
    id = redis.call('GET', marker)
  end
  ids[i] = id
  at = at + 1 + size
end
return { now, ids, '', 0 }
`);

export type DeliverScriptReply = [serverNow: number, ids: string[], refusal: string, isTooLate: number];
