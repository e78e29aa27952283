/**
 * JSON for scripts, whose reader takes no lone surrogates: they arrive as U+FFFD, as they do in UTF-8. One long argument costs a fraction of hundreds of
 * short ones, on their way and in a script.
 */
export function luaJson(value: unknown): string {
  const json = JSON.stringify(value);
  if (!json.includes('\\ud')) return json;
  return JSON.stringify(value, (_, part: unknown) => (typeof part === 'string' ? part.toWellFormed() : part));
}
