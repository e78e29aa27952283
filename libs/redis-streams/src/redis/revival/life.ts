import { DEAD_LETTER_HEADERS, RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';

/** So many deaths are remembered. */
const MOST_DEATHS = 5;
/** What is remembered of an error, in bytes. */
const ERROR_HEAD = 200;

/**
 * Lives of tasks, as `wire/tasks/life` reads them.
 *
 * - `newLife(terms, deadline)`: one that begins now, with what `RevivalTerms` says (JSON), and until when it may run, nil for ever.
 * - `goOnFrom(life, fields)`: what the fields of a dead letter, or of a copy, tell of the lives before. `addDeath(life, fields)`: and of that
 *   letter's death.
 * - `deadlineFor(given, fields)`: until when it may run: as given (see `RevivalTerms`), or, where that is empty, as its fields say; nil for ever.
 * - `fieldsOf(flat)`: names and values in turn as a table.
 *
 * Needs `now` and `DEADLINE_OF`.
 */
export const LIFE = `
local function fieldsOf(flat)
  local fields = {}
  for i = 1, #flat, 2 do fields[flat[i]] = flat[i + 1] end
  return fields
end
local function decoded(text)
  local isJson, value = pcall(cjson.decode, text or '')
  return isJson and type(value) == 'table' and value or {}
end

local function deadlineFor(given, fields)
  if given == '' then return deadlineOf(fields, now) end
  local ms = string.match(given, '^%+(%d+)$')
  return ms and now + ms or tonumber(given)
end

local function newLife(terms, deadline)
  local life = cjson.decode(terms)
  life.at, life.deadline = now, deadline
  return life
end

local function goOnFrom(life, fields)
  local before = decoded(fields['${DEAD_LETTER_HEADERS.life}'] or fields['${RESERVED_PREFIX}${RESERVED_HEADERS.life}'])
  -- JSON can say what this library never wrote, and what cannot be written again, such as a number without end.
  if not pcall(cjson.encode, before) then before = {} end
  life.redrives = tonumber(before.redrives)
  life.isReplay = before.isReplay == true or nil
  life.deliveries = tonumber(before.deliveries)
  life.history = type(before.history) == 'table' and before.history[1] and before.history or nil
  life.origin = type(before.origin) == 'table' and before.origin or nil
end

-- A character of several bytes is not cut in two.
local function headOf(text)
  if #text <= ${ERROR_HEAD} then return text end
  return (string.gsub(string.sub(text, 1, ${ERROR_HEAD}), '[\\192-\\255][\\128-\\191]*$', ''))
end

local function addDeath(life, fields)
  local deliveries = tonumber(fields['${DEAD_LETTER_HEADERS.deliveries}']) or 0
  if not (deliveries >= 0 and deliveries < 2 ^ 53) then deliveries = 0 end
  local history = life.history or {}
  history[#history + 1] = {
    at = fields['${DEAD_LETTER_HEADERS.at}'],
    reason = fields['${DEAD_LETTER_HEADERS.reason}'] or '',
    error = headOf(fields['${DEAD_LETTER_HEADERS.error}'] or ''),
    deliveries = deliveries,
    group = fields['${DEAD_LETTER_HEADERS.group}'] or '',
    traceparent = string.match(fields['${DEAD_LETTER_HEADERS.traceparent}'] or '', '^[%x-]+$')
  }
  while #history > ${MOST_DEATHS} do table.remove(history, 1) end
  life.history = history
  life.deliveries = (life.deliveries or 0) + deliveries
end
`;
