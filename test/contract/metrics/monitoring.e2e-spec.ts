import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Controller } from '@nestjs/common';
import { StreamHandler } from 'nestjs-redis-streams';
import { RedisStreamsMetricsModule } from 'nestjs-redis-streams/metrics';
import { Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { metricsOf } from '../../support/metrics.js';
import { uniqueStream } from '../../support/streams.js';

const ALERTS = 'docs/monitoring/alerts.yml';
const DASHBOARD = 'docs/monitoring/grafana-dashboard.json';
const PAGE = 'docs/metrics.md';

const isPromtoolHere = spawnSync('promtool', ['--version']).status === 0;
const unlessMissing = isPromtoolHere
  ? ''
  : ' (skipped: there is no promtool; Debian has it in its package prometheus, and .ci/run installs it)';

function promtool(args: readonly string[], input?: string): string {
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, encoding: 'utf8' });
  return `${status}: ${stdout}${stderr}`;
}

it.skipIf(!isPromtoolHere)(
  `promtool finds nothing wrong with a scrape, its names and its help${unlessMissing}`,
  async () => {
    const stream = uniqueStream();

    @Controller()
    class Worker {
      @StreamHandler(stream)
      handle() {}
    }
    const registry = new Registry();
    const server = { everyMs: 1_000, memory: true };
    const app = await startApp({
      controllers: [Worker],
      imports: [RedisStreamsMetricsModule.forRoot({ registry, server })],
    });
    await app.producer.add(stream, {});
    const { text } = await eventually(async () => {
      const now = await metricsOf(registry);
      return (now.of('memory_bytes', { stream }) ?? 0) > 0 && now;
    });
    expect(promtool(['check', 'metrics'], text)).toBe('0: ');
  },
);

it.skipIf(!isPromtoolHere)(
  `the rules of alerts fire when they should, and not when all is well${unlessMissing}`,
  () => {
    expect(promtool(['check', 'rules', ALERTS])).toMatch(/^0: /);
    expect(promtool(['test', 'rules', 'docs/monitoring/alerts.test.yml'])).toMatch(/^0: .*SUCCESS/s);
  },
);

it('alerts and dashboard ask for metrics that there are, and never sum what is the same from each process', async () => {
  const known = readFileSync(PAGE, 'utf8');
  const server = [...known.matchAll(/^\| `(redis_streams_\w+)` \| gauge \| [^|]*\| server/gm)].map(([, name]) => name!);
  expect(server.length).toBeGreaterThan(10);
  for (const file of [ALERTS, DASHBOARD]) {
    const text = readFileSync(file, 'utf8');
    const used = [...text.matchAll(/redis_streams_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, ''));
    expect(used.length).toBeGreaterThan(9);
    for (const name of new Set(used)) expect(known, `${name} in ${file}`).toContain(`\`${name}\``);
    for (const name of server) expect(text).not.toMatch(new RegExp(String.raw`sum by \([^)]*\) \(${name}\b`));
  }
});

it('every alert leads to what to do', () => {
  const headings = [...readFileSync(PAGE, 'utf8').matchAll(/^### (.+)$/gm)].map(([, title]) =>
    title!.toLowerCase().replaceAll(' ', '-'),
  );
  const rules = readFileSync(ALERTS, 'utf8');
  const anchors = [...rules.matchAll(/runbook_url: https:\/\/\S+\/docs\/metrics\.md#(\S+)/g)].map(
    ([, anchor]) => anchor!,
  );
  expect(anchors).toHaveLength(rules.match(/- alert:/g)!.length);
  expect(anchors.toSorted()).toEqual(headings.toSorted());
});
