/** A text in a few letters and digits, others of which nearly always differ. */
export function shortText(text: string): string {
  let hash = 5_381;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 33) ^ text.charCodeAt(i)) >>> 0;
  return hash.toString(36);
}
