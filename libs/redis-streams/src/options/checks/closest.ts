/**
 * The name that a misspelt one most likely means: a few letters off, in another case, or cut short (`timeout` for
 * `timeoutMs`); undefined where none is near. Names that differ in digits alone are numbered, not misspelt.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Math.min(3, Math.max(1, Math.floor(name.length / 4))) + 1;
  for (const candidate of candidates) {
    if (withoutDigits(candidate) === withoutDigits(name)) continue;
    const letters = isBeginning(name, candidate) ? 1 : distance(name.toLowerCase(), candidate.toLowerCase(), fewest);
    if (letters >= fewest) continue;
    fewest = letters;
    best = candidate;
  }
  return best;
}

/** A sentence for the end of a message, with a space before it; empty where no candidate is near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const candidate = closest(name, candidates);
  return candidate === undefined ? '' : ` Did you mean '${candidate}'?`;
}

function withoutDigits(name: string): string {
  return name.replaceAll(/\d+/g, '0');
}

function isBeginning(name: string, candidate: string): boolean {
  return (
    name.length >= 4 && candidate.toLowerCase().startsWith(name.toLowerCase()) && candidate.length <= 2 * name.length
  );
}

/** Letters to insert, remove, replace or swap with their neighbour; `limit` or more is told as `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? rows[i - 2]![j - 2]! + 1 : limit;
      row.push(Math.min(replaced, swapped, row[j - 1]! + 1, rows[i - 1]![j]! + 1));
    }
    rows.push(row);
  }
  return Math.min(limit, rows[a.length]![b.length]!);
}
