/**
 * What decides over a key's slot in a cluster: its tag, or all of it. Keys of the same tag are on the same server at any time.
 * Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
 */
export function slotTag(key: string): string {
  const start = key.indexOf('{');
  const end = key.indexOf('}', start + 1);
  return start >= 0 && end > start + 1 ? key.slice(start + 1, end) : key;
}
