/**
 * `namesOf(groups)`: the names in a table of groups, in order: for who has asked for one that is not there.
 */
export const GROUP_NAMES = `
local function namesOf(groups)
  local names = {}
  for name in pairs(groups) do names[#names + 1] = name end
  table.sort(names)
  return names
end
`;
