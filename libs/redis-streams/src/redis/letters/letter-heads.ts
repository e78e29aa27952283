import type { LetterHead, LetterRange } from '../../model/ports/admin/dead-letters.js';
import { DEAD_LETTER_HEADERS, HEADER_PREFIX, JSON_FIELDS_HEADER, PAYLOAD_HEADER } from '../../wire/header-contract.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';

const { stack, wideFields } = DEAD_LETTER_HEADERS;

/**
 * KEYS 1 dead
 * ARGV 1 'range', 2 from, 3 to, 4 count; or 1 'ids', then these
 * Returns for each letter { its id, its headers: names and values in turn }.
 */
const headsScript = script(`
local dead, letters = KEYS[1], {}
if ARGV[1] == 'range' then
  letters = redis.call('XRANGE', dead, ARGV[2], ARGV[3], 'COUNT', ARGV[4])
else
  for i = 2, #ARGV do letters[#letters + 1] = redis.call('XRANGE', dead, ARGV[i], ARGV[i])[1] end
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
return heads
`);

/** @param dead the key of the dead letters */
export async function letterHeads(
  run: RunScript,
  dead: string,
  letters: LetterRange | readonly string[],
): Promise<LetterHead[]> {
  const which = 'count' in letters ? ['range', letters.from, letters.to, letters.count] : ['ids', ...letters];
  const heads = await run<[id: string, headers: string[]][]>(headsScript, [dead], which);
  return heads.map(([id, headers]) => ({ id, headers }));
}
