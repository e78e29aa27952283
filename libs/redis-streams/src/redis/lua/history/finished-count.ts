/**
 * Counts in a group's mark what its workers have finished, as they report it, and knows by that how much of the history may go.
 *
 * - `countReport(mark, report)`: report has `reporter`, `finished` (all it has finished so far), `counted` (what it knows to be
 *   counted of that) and `since`, its receipt of the report before its last. Returns the receipt of this one. Sent twice, a report
 *   counts once.
 * - `passedBy(mark, maxEntries)`: takes a checkpoint where the last one is old, and returns the id of the one since which
 *   `maxEntries` have been finished: all before it may go. nil where there is none.
 *
 * Reports lag behind, so that less is counted at a checkpoint than is finished. What a report adds was finished after its `since`
 * (see `ReportReceipts`), but maybe before a checkpoint that was taken later than that. It counts as finished before such a
 * checkpoint, so that rather more is kept; and before all of them where there is no receipt of this life of the group.
 *
 * Needs `GROUP_LIFE`, and `mark.life` and `mark.at` as they are now.
 */
export const FINISHED_COUNT = `
local MOST_REPORTERS = 100

local function countReport(mark, report)
  local counted = report.counted
  for i, earlier in ipairs(mark.reports) do
    if earlier.reporter == report.reporter then
      counted = earlier.finished
      table.remove(mark.reports, i)
      break
    end
  end
  local added = math.max(0, report.finished - counted)
  if report.finished > 0 then
    table.insert(mark.reports, 1, { reporter = report.reporter, finished = counted + added })
    mark.reports[MOST_REPORTERS + 1] = nil
  end

  local life = lifeOf(mark)
  local since = 0
  if string.sub(report.since, 1, #life) == life then since = tonumber(string.sub(report.since, #life + 1)) end
  -- A mark that is older than the receipt, as after a failover, knows nothing of its time.
  if since > mark.finished then since = 0 end
  mark.finished = mark.finished + added
  for _, checkpoint in ipairs(mark.checkpoints) do
    if checkpoint.taken >= since then checkpoint.finished = checkpoint.finished + added end
  end
  return receiptOf(mark)
end

local function passedBy(mark, maxEntries)
  local checkpoints = mark.checkpoints
  local function finishedSince(checkpoint) return mark.finished - checkpoint.finished end
  if not checkpoints[1] or finishedSince(checkpoints[#checkpoints]) >= maxEntries / 10 then
    table.insert(checkpoints, { finished = mark.finished, at = mark.at, taken = mark.finished })
  end
  while checkpoints[2] and finishedSince(checkpoints[2]) >= maxEntries do table.remove(checkpoints, 1) end
  return finishedSince(checkpoints[1]) >= maxEntries and checkpoints[1].at or nil
end
`;
