/**
 * `deadlineOf(fields, from)`: when the task with these fields expires, in ms; one that is relative counts from `from`. Nothing where it has none,
 * or one that cannot be read. As `wire/tasks/deadline` has it.
 */
export const DEADLINE_OF = `
local function deadlineOf(fields, from)
  for i = 1, #fields, 2 do
    if fields[i] == '~.deadline' then
      local sign, ms = string.match(fields[i + 1], '^(%+?)(%d+)$')
      return ms and (sign == '+' and from + ms or tonumber(ms))
    end
  end
end
`;
