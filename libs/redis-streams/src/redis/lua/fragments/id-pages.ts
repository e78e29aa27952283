/**
 * `idPages(ids, last)`: an iterator over lists of at most 5,000 of the ids, with the word `last` behind each, where it is given.
 * Lua cannot pass more than about 8,000 values to one call.
 */
export const ID_PAGES = `
local function idPages(ids, last)
  local first = 1
  return function()
    if first > #ids then return nil end
    local page = ids
    if #ids > 5000 or last then page = { unpack(ids, first, math.min(first + 4999, #ids)) } end
    page[#page + 1] = last
    first = first + 5000
    return page
  end
end
`;
