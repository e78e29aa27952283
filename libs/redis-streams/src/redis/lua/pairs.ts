const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** A reply of names and values in turn, as a map. */
export function pairs<Value extends string>(flat: readonly string[]): ReadonlyMap<string, Value> {
  if (flat.length === 0) return NONE;
  const map = new Map<string, Value>();
  for (let i = 0; i < flat.length; i += 2) map.set(flat[i]!, flat[i + 1] as Value);
  return map;
}
