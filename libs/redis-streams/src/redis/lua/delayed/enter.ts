import { DEAD_LETTER_HEADERS, RESERVED_HEADERS, RESERVED_PREFIX } from '../../../wire/header-contract.js';
import { TASK_RECORD } from '../../../wire/tasks/task-record.js';
import { UNPACK_FIELDS } from './packed-fields.js';
import { TAKE_OUT } from './take-out.js';

/** More than so many values one call of a script cannot pass; see `narrowFields`. */
const MOST_VALUES = 7_000;
/** What can neither enter nor be set aside comes again after so long, in milliseconds. */
const AGAIN_AFTER_MS = 60_000;

/**
 * `mayTakeOut()`: fails where delayed tasks cannot be taken out, before anything enters that would enter again. As it adds nothing, it is not
 * refused while the memory is full, and then what follows is not, either: a task that enters needs hardly more than it did before.
 *
 * `enter(id, packed)`: lets a delayed task enter the stream, with its own id as a header; its record says which entry it has become.
 * Returns whether it has entered. What is no list of names and values is set aside in the dead-letter stream, and
 * noted in `aside`, as { id, why, letter's id or '' }. Where Redis takes no entry the task stays, and `refused` says why.
 * In either other case it is among those that are `gone`, which are then to be taken out.
 *
 * Needs `dead`, `name` (the stream's), and what `TAKE_OUT` needs, which it gives, too.
 */
export const ENTER = `
${UNPACK_FIELDS}
${TAKE_OUT}
local gone, aside, refused = {}, {}, ''

local function mayTakeOut()
  redis.call('ZREM', delayed, '')
  redis.call('HDEL', tasks, '')
end

local function fieldsIn(packed)
  local fields = unpackFields(packed)
  return fields and #fields > 0 and #fields % 2 == 0 and #fields <= ${MOST_VALUES} and fields or nil
end

local function setAside(id, packed)
  local why = packed and 'what is stored of it is no list of field names and values' or 'nothing is stored of it'
  local letter = redis.pcall('XADD', dead, '*', '${DEAD_LETTER_HEADERS.reason}', 'undecodable', '${DEAD_LETTER_HEADERS.error}', why,
    '${DEAD_LETTER_HEADERS.stream}', name, '${DEAD_LETTER_HEADERS.entryId}', id, '${DEAD_LETTER_HEADERS.deliveries}', '0',
    'stored', packed or '')
  if type(letter) == 'table' then
    -- Whatever fails by now must not keep those that have entered from being taken out.
    redis.pcall('ZADD', delayed, now + ${AGAIN_AFTER_MS}, id)
    letter = ''
  else
    gone[#gone + 1] = id
    writeRecord(id, '${TASK_RECORD.state}', 'dead-lettered', '${TASK_RECORD.endedAt}', now, '${TASK_RECORD.reason}', 'undecodable',
      '${TASK_RECORD.error}', why, '${TASK_RECORD.deadLetterId}', letter)
  end
  aside[#aside + 1] = { id, why, letter }
  return false
end

local function enter(id, packed)
  local fields = packed and fieldsIn(packed)
  if not fields then return setAside(id, packed) end
  fields[#fields + 1] = '${RESERVED_PREFIX}${RESERVED_HEADERS.task}'
  fields[#fields + 1] = id
  local entry = redis.pcall('XADD', stream, '*', unpack(fields))
  if type(entry) == 'table' then
    refused = entry.err
    return false
  end
  gone[#gone + 1] = id
  writeRecord(id, '${TASK_RECORD.entry}', entry)
  return true
end
`;
