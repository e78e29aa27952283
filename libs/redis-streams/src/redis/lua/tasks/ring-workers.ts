/**
 * `ringWorkers(id, most)`: so many workers of the group, those that were heard of last, are told that a retry is due at another time: they look
 * for it. Needs `stream`, `group`, `TABLES` and `RINGS`.
 */
export const RING_WORKERS = `
local function ringWorkers(id, most)
  local workers = {}
  for _, consumer in ipairs(consumersOf(stream, group)) do
    local address = string.match(consumer['name'], '^(.*)@%d+ms$')
    if address then workers[#workers + 1] = { address, consumer['idle'] } end
  end
  table.sort(workers, function(a, b) return a[2] < b[2] end)
  for i = 1, math.min(#workers, most) do ring(workers[i][1], 'due', id) end
end
`;
