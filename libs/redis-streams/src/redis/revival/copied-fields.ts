import { DEAD_LETTER_HEADERS, HEADER_PREFIX, RESERVED_HEADERS, RESERVED_PREFIX } from '../../wire/header-contract.js';

const DEADLINE = RESERVED_PREFIX + RESERVED_HEADERS.deadline;
const LIFE_HEADER = RESERVED_PREFIX + RESERVED_HEADERS.life;
/** What belongs to the entry that is copied: its own id, its idempotency key, who waits for it, its lives, and when it expires. */
const OF_THE_ORIGINAL = [
  DEADLINE,
  LIFE_HEADER,
  ...[RESERVED_HEADERS.task, RESERVED_HEADERS.key, RESERVED_HEADERS.keep].map((name) => RESERVED_PREFIX + name),
];
const OF_LETTERS = `${HEADER_PREFIX}dead-`;

/** More names and values one call of a script cannot pass. */
const MOST_VALUES = 7_000;

/**
 * Tasks that are copied.
 *
 * - `originalOf(flat, fields)`: all that an entry had, names and values in turn, where its letter has it as one JSON array, too; nil where that
 *   cannot be read.
 * - `copiedFields(original, life, deadline)`: the fields of its copy, with JSON of what is known of its life, and until when it may run, nil for
 *   ever; nil where those are too many.
 *
 * Needs `LIFE`.
 */
export const COPIED_FIELDS = `
local function originalOf(flat, fields)
  local wide = fields['${DEAD_LETTER_HEADERS.wideFields}']
  if not wide then return flat end
  local original = decoded(wide)
  for i = 1, #original do
    if type(original[i]) ~= 'string' then return nil end
  end
  return #original > 0 and #original % 2 == 0 and original or nil
end
local function copiedFields(original, life, deadline)
  local isOfOriginal, copied = {}, {}
  for _, name in ipairs({ '${OF_THE_ORIGINAL.join("', '")}' }) do isOfOriginal[name] = true end
  for i = 1, #original, 2 do
    local name = original[i]
    if not isOfOriginal[name] and string.sub(name, 1, ${OF_LETTERS.length}) ~= '${OF_LETTERS}' then
      copied[#copied + 1] = name
      copied[#copied + 1] = original[i + 1]
    end
  end
  if deadline then
    copied[#copied + 1] = '${DEADLINE}'
    copied[#copied + 1] = string.format('%.0f', deadline)
  end
  copied[#copied + 1] = '${LIFE_HEADER}'
  copied[#copied + 1] = life
  return #copied <= ${MOST_VALUES} and copied or nil
end
`;
