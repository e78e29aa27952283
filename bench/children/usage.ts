/** What a process has used since then. */
export interface Used {
  readonly elapsedMs: number;
  readonly cpuMs: number;
}

/** @returns a function that tells what this process has used since now */
export function startUsage(): () => Used {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { elapsedMs: performance.now() - startedAt, cpuMs: (user + system) / 1_000 };
  };
}
