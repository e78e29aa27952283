/** What can go wrong anywhere, by the name that `--kinds` takes. */
const COMMON_FAULTS = [
  'worker-kill', // SIGKILL, and started again
  'worker-term', // SIGTERM, as a deploy does, and started again
  'worker-freeze', // SIGSTOP for longer than its lease
  'client-kill', // all connections ended by the server
  'half-open', // one worker's side of its connections reset, the server's left open
  'black-hole', // one worker's connections forward nothing for a while, then all that came meanwhile
  'operator-kill', // SIGKILL of who redrives, replays and pauses, and started again
  'producer-half-open', // the first producer's side of its connections reset, the server's left open
  'producer-black-hole', // the first producer's connections forward nothing for a while
  'memory-full', // the server that holds the stream refuses what would need memory, for a while
  'group-destroy', // XGROUP DESTROY
  'poison', // entries that cannot be decoded
] as const;

/** What can go wrong where there is one server. */
const SINGLE_SERVER_FAULTS = [
  'redis-kill', // kill -9, and started again on the same data
  'redis-freeze', // SIGSTOP
] as const;

/** What can go wrong in a cluster; its node is always the master that holds the stream. */
const CLUSTER_FAULTS = [
  'node-kill', // kill -9, a replica takes over, and it comes back as a replica
  'node-restart', // kill -9, and started again before a replica takes over
  'all-nodes-restart', // kill -9 of every node, and started again on the same data
  'node-freeze', // SIGSTOP, a replica takes over, and it wakes up as a replica
  'slot-move', // the stream's slot goes to another master, as when resharding
] as const;

export type CommonFault = (typeof COMMON_FAULTS)[number];
export type SingleServerFault = (typeof SINGLE_SERVER_FAULTS)[number];
export type ClusterFault = (typeof CLUSTER_FAULTS)[number];
export type FaultKind = CommonFault | SingleServerFault | ClusterFault;

export function faultKindsOf({ isCluster }: { isCluster: boolean }): readonly FaultKind[] {
  return [...COMMON_FAULTS, ...(isCluster ? CLUSTER_FAULTS : SINGLE_SERVER_FAULTS)];
}

/** Kinds that strike one worker; all others strike Redis, but for those of a producer. */
export const WORKER_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'worker-kill',
  'worker-term',
  'worker-freeze',
  'half-open',
  'black-hole',
]);

/** Kinds that strike the first producer: it adds, waits and watches on when its connections are back. */
export const PRODUCER_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'producer-half-open',
  'producer-black-hole',
]);

/** The kind that strikes who operates on the streams. */
export const OPERATOR_FAULT: FaultKind = 'operator-kill';

/** Kinds that every worker feels: after them nobody may judge others' leases for a while. */
export const SHARED_FAULTS: ReadonlySet<FaultKind> = new Set<FaultKind>([
  ...SINGLE_SERVER_FAULTS,
  ...CLUSTER_FAULTS,
  'client-kill',
  'memory-full',
  'group-destroy',
]);

/** Kinds after which the server comes back on its data. */
export const RESTARTS: ReadonlySet<FaultKind> = new Set<FaultKind>(['redis-kill', 'node-restart', 'all-nodes-restart']);

/** Kinds after which a replica takes over, without what had not reached it. */
export const FAILOVERS: ReadonlySet<FaultKind> = new Set<FaultKind>(['node-kill', 'node-freeze']);
