import { InvalidArgumentError } from 'commander';
import { Ago } from './ago.js';

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `500ms`, `30s`, `5m`, `2h`, `7d`; a number alone is milliseconds. */
export function parseDuration(text: string): number {
  const [, count, unit = 'ms'] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  if (count === undefined) throw new InvalidArgumentError('It is a duration such as 500ms, 30s, 5m, 2h or 7d.');
  return Math.round(Number(count) * UNITS[unit]!);
}

/** A point in a stream: an entry's id, a date, or how long ago. */
export function parseMoment(text: string): string | Date | Ago {
  if (/^\d+-\d+$/.test(text)) return text;
  if (/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/.test(text)) return new Ago(parseDuration(text));
  const date = new Date(/^\d{12,14}$/.test(text) ? Number(text) : text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new InvalidArgumentError(
    'It is an entry id, a date such as 2026-11-22T10:00:00Z, epoch milliseconds, or a duration ago such as 2h.',
  );
}

export function parseCount(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
    throw new InvalidArgumentError('It is a whole number, 0 or more.');
  }
  return Number(text);
}

export function parseDate(text: string): Date {
  const at = new Date(text);
  if (Number.isNaN(at.getTime())) throw new InvalidArgumentError('It is a date such as 2026-11-22T10:00:00Z.');
  return at;
}
