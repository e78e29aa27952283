import { METRICS } from '../../libs/redis-streams/src/metrics/catalog/catalog.js';

const BEGIN = '<!-- metrics -->\n';
const END = '<!-- end -->\n';

/** The page with its table as it should be: between `<!-- metrics -->` and `<!-- end -->`. */
export function withMetricsTable(page: string): string {
  const [before, rest] = page.split(BEGIN) as [string, string];
  const after = rest.slice(rest.indexOf(END));
  const rows = METRICS.map(({ name, type, labels, help, isOfServer, twin }) => {
    const told = [`\`redis_streams_${name}\``, type, labels.join(', '), isOfServer ? 'server' : 'process', help];
    return `| ${[...told, twin ? `\`${twin.name}\`` : ''].join(' | ')} |`;
  });
  const lines = [
    '<!-- prettier-ignore -->',
    '| name | type | labels | of | what it tells | with OpenTelemetry |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
  ];
  return `${before}${BEGIN}\n${lines.join('\n')}\n\n${after}`;
}
