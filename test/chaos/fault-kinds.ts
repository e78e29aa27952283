/** What can go wrong, by the name that `--kinds` takes. */
export const FAULT_KINDS = [
  'worker-kill', // SIGKILL, and started again
  'worker-term', // SIGTERM, as a deploy does, and started again
  'worker-freeze', // SIGSTOP for longer than its lease
  'redis-kill', // kill -9, and started again on the same data
  'redis-freeze', // SIGSTOP
  'client-kill', // all connections ended by the server
  'half-open', // one worker's side of its connections reset, the server's left open
  'black-hole', // one worker's connections forward nothing for a while, then all that came meanwhile
  'group-destroy', // XGROUP DESTROY
  'poison', // entries that cannot be decoded
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** Kinds that strike one worker; all others strike Redis. */
export const WORKER_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'worker-kill',
  'worker-term',
  'worker-freeze',
  'half-open',
  'black-hole',
]);

/** Kinds that every worker feels: after them nobody may judge others' leases for a while. */
export const SHARED_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'redis-kill',
  'redis-freeze',
  'client-kill',
  'group-destroy',
]);
