import type { Registry } from 'prom-client';

type Labels = Readonly<Record<string, string>>;

/** What a scrape told. */
export interface Scraped {
  readonly text: string;
  /** The value of the series of these labels, the prefix left out; undefined where there is none. */
  of(name: string, labels?: Labels): number | undefined;
  /** The values of the series that have these labels and one more, by that one. */
  all(name: string, labels: Labels, by: string): Record<string, number>;
}

export async function metricsOf(registry: Registry): Promise<Scraped> {
  return scraped(await registry.metrics());
}

/** @throws Error where a line is none of Prometheus' text format */
export function scraped(text: string, prefix = 'redis_streams_'): Scraped {
  const series = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!match) throw new Error(`No line of a scrape: ${line}`);
      const pairs = [...(match[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      return {
        name: match[1]!,
        labels: Object.fromEntries(pairs.map(([, label, value]) => [label!, value!])),
        value: Number(match[3]),
      };
    });
  const named = (name: string) => series.filter((one) => one.name === prefix + name);
  return {
    text,
    of: (name, labels = {}) =>
      named(name).find((one) => has(one, labels) && Object.keys(one.labels).length === Object.keys(labels).length)
        ?.value,
    all: (name, labels, by) =>
      Object.fromEntries(
        named(name)
          .filter((one) => has(one, labels))
          .map((one) => [one.labels[by]!, one.value]),
      ),
  };
}

function has(one: { labels: Labels }, labels: Labels): boolean {
  return Object.entries(labels).every(([label, value]) => one.labels[label] === value);
}
