/** The value of `RESERVED_HEADERS.tick`: the tick in epoch milliseconds, or `-` for a task that somebody triggered, and the schedule's name. */
export function tickHeader(name: string, tick: number | undefined): string {
  return `${tick ?? '-'} ${name}`;
}

/** Which schedule made a task, and of which tick; undefined where none did. */
export function tickOf(
  header: string | undefined,
): { readonly name: string; readonly tickAt: Date | undefined } | undefined {
  const [, tick, name] = /^(\d{1,15}|-) (.+)$/su.exec(header ?? '') ?? [];
  if (tick === undefined || name === undefined) return undefined;
  return { name, tickAt: tick === '-' ? undefined : new Date(Number(tick)) };
}
