/** Before each name and each value: in UTF-8 a byte that hardly any text has, which redis-cli shows as \x1f. */
const SEPARATOR = '\x1f';

/**
 * The fields of a delayed task as they are stored: names and values in turn, each behind a separator, or a JSON array where one of them has that in it.
 * JSON takes two bytes more for each, and much more for what it has to escape.
 */
export function packFields(fields: readonly string[]): string {
  if (!fields.some((field) => field.includes(SEPARATOR))) return SEPARATOR + fields.join(SEPARATOR);
  return JSON.stringify(fields.map((field) => field.toWellFormed()));
}

/** `unpackFields(packed)`: names and values in turn; nil for what is no list of texts. */
export const UNPACK_FIELDS = `
local function textsIn(json)
  local isJson, fields = pcall(cjson.decode, json)
  if not isJson or type(fields) ~= 'table' then return nil end
  for i = 1, #fields do
    if type(fields[i]) ~= 'string' then return nil end
  end
  return fields
end
local function unpackFields(packed)
  if string.byte(packed) ~= 31 then return textsIn(packed) end
  local fields, from = {}, 2
  repeat
    local to = string.find(packed, '\\31', from, true)
    fields[#fields + 1] = string.sub(packed, from, to and to - 1)
    from = to and to + 1
  until not from
  return fields
end
`;
