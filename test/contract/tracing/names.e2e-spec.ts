import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { ATTRIBUTES, systemAttributes } from '../../../libs/redis-streams/src/tracing/names.js';

const PAGE = 'docs/tracing.md';
const TABLE = /(?<=<!-- attributes -->\n)[^]*(?=<!-- end -->)/;

it('docs/tracing.md tells the attributes that there are (`npx vitest run test/contract/tracing/names -u` writes it)', async () => {
  const rows = Object.values(ATTRIBUTES).map(({ name, on, tells }) => `| \`${name}\` | ${on} | ${tells} |`);
  // Prettier would widen every cell to the longest.
  const head = ['<!-- prettier-ignore -->', '| attribute | of | what it tells |', '| --- | --- | --- |'];
  const table = `\n${[...head, ...rows].join('\n')}\n\n`;
  const page = readFileSync(PAGE, 'utf8').replace(TABLE, table);
  await expect(page).toMatchFileSnapshot(`../../../${PAGE}`);
});

it('the system has its former name, too, unless only the new one is asked for', () => {
  const both = { 'messaging.system': 'redis_streams', 'messaging.system.name': 'redis_streams' };
  expect(systemAttributes(undefined)).toEqual(both);
  expect(systemAttributes('http,messaging/dup')).toEqual(both);
  expect(systemAttributes('http, messaging')).toEqual({ 'messaging.system.name': 'redis_streams' });
});
