/**
 * `followGroup(mark, stream, group, at)`: the mark says how far the group has got by now, which is up to and with `at`, and what is pending.
 * `group` is its table from XINFO GROUPS.
 *
 * Needs `SERVER_NOW`, `ENTRY_IDS`, `GROUP_MARK` and `GROUP_LIFE`.
 */
export const FOLLOW_GROUP = `
local function followGroup(mark, stream, group, at)
  local last = group['last-delivered-id']
  if not mark.life then
    beginLife(mark)
  elseif isBefore(last, mark.last) then
    -- Moved back, or destroyed and created, by others than us.
    beginLife(mark)
    rewindMark(mark, at)
  end
  mark.again = comesAgain(mark)
  if mark.again and mark.again.passed == 0 and not isBefore(last, mark.again.to) then mark.again.passed = now end
  mark.at, mark.last, mark.time = at, last, now
  mark.snapshot = snapshotOf(stream, group['name'], group['pending'])
end
`;
