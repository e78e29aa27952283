import { Redis } from 'ioredis';
import { afterAll, expect, it } from 'vitest';
import { runScript } from '../run-script.js';
import { script } from '../script.js';
import { GROUP_MARK } from './group-mark.js';
import { GROUP_LIFE } from './group-life.js';
import { FINISHED_COUNT } from './finished-count.js';

const redis = new Redis(process.env.REDIS_URL!);
afterAll(() => redis.disconnect());

interface Report {
  readonly reporter?: string;
  readonly finished: number;
  readonly counted?: number;
  readonly since?: string;
}

interface Counted {
  readonly receipt: string;
  readonly finished: number;
  readonly checkpoints: { finished: number; at: string; taken: number }[];
  readonly reports: { reporter: string; finished: number }[];
}

const count = script(`${GROUP_MARK} ${GROUP_LIFE} ${FINISHED_COUNT}
local mark = readMark(ARGV[1])
local receipt
for i = 2, #ARGV do receipt = countReport(mark, cjson.decode(ARGV[i])) end
mark.receipt = receipt
return cjson.encode(mark)`);

async function countReports(checkpoints: string, ...reports: Report[]): Promise<Counted> {
  const mark = `9-0 9-0 100 1795294040488 ${checkpoints} life=L:1 reports=known:40`;
  const args = reports.map((report) => JSON.stringify({ reporter: 'known', counted: 0, since: '', ...report }));
  return JSON.parse(await runScript<string>(redis, count, [], [mark, ...args])) as Counted;
}

it('counts what a report adds, and nothing when it is sent again', async () => {
  const once = await countReports('', { finished: 70 });
  expect(once).toMatchObject({ finished: 130, receipt: 'L:1:130', reports: [{ reporter: 'known', finished: 70 }] });
  const twice = await countReports('', { finished: 70 }, { finished: 70, since: 'L:1:0' });
  expect(twice).toMatchObject({ finished: 130, receipt: 'L:1:130' });
});

it('counts from what the reporter says where the mark no longer knows it, never backwards', async () => {
  const { finished } = await countReports('', { reporter: 'other', finished: 70, counted: 60 });
  expect(finished).toBe(110);
  expect((await countReports('', { finished: 30 })).finished).toBe(100);
});

it('remembers the last hundred reporters', async () => {
  const many = Array.from({ length: 120 }, (_, n) => ({ reporter: `r${n}`, finished: 1 }));
  const { reports, finished } = await countReports('', ...many);
  expect(finished).toBe(220);
  expect(reports).toHaveLength(100);
  expect(reports[0]).toEqual({ reporter: 'r119', finished: 1 });
});

it.each([
  ['the checkpoints that were taken since its receipt', 'L:1:90', [80, 120, 129]],
  ['no checkpoint before its receipt', 'L:1:100', [80, 90, 99]],
  ['all of them where it has no receipt', '', [110, 120, 129]],
  ['all of them where its receipt is of another life', 'K:1:101', [110, 120, 129]],
  ['all of them where the mark is older than its receipt', 'L:1:101', [110, 120, 129]],
  ['all of them where the group was restored since', 'L:0:101', [110, 120, 129]],
])('what a report adds counts as finished before %s', async (_, since, expected) => {
  const { checkpoints } = await countReports('80:1-0:80,90:2-0:90,99:3-0:99', { finished: 70, since });
  expect(checkpoints.map(({ finished }) => finished)).toEqual(expected);
  expect(checkpoints.map(({ taken }) => taken)).toEqual([80, 90, 99]);
});

const pass = script(`${GROUP_MARK} ${GROUP_LIFE} ${FINISHED_COUNT}
local mark = readMark(ARGV[1])
local passed = passedBy(mark, tonumber(ARGV[2]))
local at = {}
for i, checkpoint in ipairs(mark.checkpoints) do at[i] = checkpoint.at end
return { passed or '', table.concat(at, ' ') }`);

it.each([
  ['the first one is taken', '', 50, ['', '9-0']],
  ['none is passed', '60:1-0,99:2-0', 50, ['', '1-0 2-0']],
  ['one is taken each tenth', '60:1-0,95:2-0', 50, ['', '1-0 2-0 9-0']],
  ['the last that was passed counts, and those before it are dropped', '10:1-0,50:2-0,99:3-0', 50, ['2-0', '2-0 3-0']],
  ['all that is finished may go where nothing is kept', '10:1-0', 0, ['9-0', '9-0']],
])('of the checkpoints %s', async (_, checkpoints, maxEntries, expected) => {
  const mark = `9-0 9-0 100 1795294040488 ${checkpoints} life=L:1`;
  expect(await runScript(redis, pass, [], [mark, maxEntries])).toEqual(expected);
});
