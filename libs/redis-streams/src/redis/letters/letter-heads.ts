import type { LetterHead, LetterHeads, LetterRange } from '../../model/ports/admin/dead-letters.js';
import { DEAD_LETTER_HEADERS, HEADER_PREFIX, JSON_FIELDS_HEADER, PAYLOAD_HEADER } from '../../wire/header-contract.js';
import type { RunScript } from '../lua/run-script.js';
import { FEW_ENTRIES } from './few-entries.js';
import { script } from '../lua/script.js';

const { stack, wideFields } = DEAD_LETTER_HEADERS;

/**
 * KEYS 1 dead
 * ARGV 1 'range', 2 from, 3 to, 4 count; or 1 'ids', then these
 * Returns { 1 where there may be more than was looked at, how many of the ids were, for each letter { its id, its headers: names and values in turn } }.
 */
const headsScript = script(`
${FEW_ENTRIES}
local dead, letters, isCut, looked = KEYS[1], {}, false, 0
if ARGV[1] == 'range' then
  letters, isCut = fewEntries(dead, ARGV[2], ARGV[3], tonumber(ARGV[4]))
else
  local bytes = 0
  for i = 2, #ARGV do
    local letter = redis.call('XRANGE', dead, ARGV[i], ARGV[i])[1]
    looked = looked + 1
    if letter then
      letters[#letters + 1] = letter
      bytes = bytes + bytesOf(letter)
    end
    isCut = isMuch(bytes) and i < #ARGV
    if isCut then break end
  end
end
local isBody = { ['${PAYLOAD_HEADER}'] = true, ['${stack}'] = true, ['${wideFields}'] = true }
local heads = {}
for i = 1, #letters do
  local fields, headers = letters[i][2], {}
  for j = 1, #fields, 2 do
    local name = fields[j]
    if string.sub(name, 1, 1) == '${HEADER_PREFIX}' and not isBody[name] and string.sub(name, 1, ${JSON_FIELDS_HEADER.length}) ~= '${JSON_FIELDS_HEADER}' then
      headers[#headers + 1] = name
      headers[#headers + 1] = fields[j + 1]
    end
  end
  heads[i] = { letters[i][1], headers }
end
return { isCut and 1 or 0, looked, heads }
`);

/** @param dead the key of the dead letters */
export async function letterHeads(
  run: RunScript,
  dead: string,
  letters: LetterRange | readonly string[],
): Promise<LetterHeads> {
  const isRange = 'count' in letters;
  const which = isRange ? ['range', letters.from, letters.to, letters.count] : ['ids', ...letters];
  type Reply = [isCut: number, looked: number, heads: [id: string, headers: string[]][]];
  const [isCut, looked, found] = await run<Reply>(headsScript, [dead], which);
  const heads = found.map(([id, headers]): LetterHead => ({ id, headers }));
  return { heads, isCut: isCut === 1, looked };
}
