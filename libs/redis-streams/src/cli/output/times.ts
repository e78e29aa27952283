export const TIME_FORMS = ['relative', 'iso', 'ms'] as const;

/** How times are told in tables; JSON has them as ISO 8601. */
export type TimeForm = (typeof TIME_FORMS)[number];

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** A duration for people: `350ms`, `1.2s`, `42m`, `17h`, `12d`. */
export function humanDuration(ms: number): string {
  const size = Math.abs(ms);
  const [unit, length] = UNITS.find(([, least]) => size >= least) ?? ['ms', 1];
  const count = ms / length;
  // The second digit of few seconds is worth reading.
  const text = unit === 's' && size < 10_000 ? count.toFixed(1) : String(Math.round(count));
  return text + unit;
}

export function duration(ms: number, form: TimeForm): string {
  return form === 'ms' ? String(Math.round(ms)) : humanDuration(ms);
}

/** A moment, as `3m ago` or `in 8s`, or in the form that was asked for. */
export function moment(at: Date, form: TimeForm, now = Date.now()): string {
  if (form === 'iso') return at.toISOString();
  if (form === 'ms') return String(at.getTime());
  const ms = at.getTime() - now;
  return ms > 0 ? `in ${humanDuration(ms)}` : `${humanDuration(-ms)} ago`;
}
