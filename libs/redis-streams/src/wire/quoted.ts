/** An argument, for a shell. */
export function quoted(arg: string): string {
  return /^[\w./:@=+,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", String.raw`'\''`)}'`;
}
