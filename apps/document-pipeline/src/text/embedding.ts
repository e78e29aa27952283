export const LOCAL_DIMENSIONS = 256;

/**
 * A vector for a text by feature hashing (Weinberger et al., 2009): each word and pair of neighbours adds to one of 256
 * dimensions, with a sign, so that collisions cancel out on average. The same text always gives the same vector of
 * length 1, and texts that share words point in similar directions; it knows nothing of meaning.
 */
export function hashedEmbedding(sentences: readonly (readonly string[])[]): number[] {
  const counts = new Map<string, number>();
  const count = (feature: string) => counts.set(feature, (counts.get(feature) ?? 0) + 1);
  for (const words of sentences) {
    words.forEach((word, n) => {
      count(word);
      if (n > 0) count(`${words[n - 1]!} ${word}`);
    });
  }
  const vector = Array.from({ length: LOCAL_DIMENSIONS }, () => 0);
  for (const [feature, times] of counts) {
    const hash = fnv1a(feature);
    const sign = hash & 0x100 ? 1 : -1;
    vector[hash % LOCAL_DIMENSIONS]! += sign * (1 + Math.log(times));
  }
  return toUnitLength(vector);
}

function toUnitLength(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector);
  return length === 0 ? [...vector] : vector.map((value) => Number((value / length).toFixed(6)));
}

/** 32-bit FNV-1a, with a last mix, as its low bits alone spread short words badly. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
