import { STREAM } from '../streams.js';

/** What runs beside the plain tasks and the chats, by the name that `--traffic` takes. */
export const TRAFFIC_KINDS = [
  'chains', // documents that run through four stages
  'delayed', // tasks for later, some of them promoted, rescheduled or cancelled
  'keyed', // the same tasks, added by all producers at once
  'schedules', // a task every second, which all workers propose
  'letters', // tasks that are given up and redriven, some of them more than once
  'replays', // tasks that are replayed when they are done
  'pauses', // tasks of a group that is paused and resumed, as those of the two kinds above
] as const;
export type TrafficKind = (typeof TRAFFIC_KINDS)[number];

/** What an operator acts on. */
export const OPERATED_KINDS: ReadonlySet<TrafficKind> = new Set<TrafficKind>(['letters', 'replays', 'pauses']);

const STAGES = ['parse', 'extract', 'embed', 'store'];
/** In the slot of the plain tasks, whose server is the one that breaks. */
const IN_ONE_SLOT = STAGES.map((stage) => `{${STREAM}}:${stage}`);
/** On all three masters of a cluster. */
const OVER_FOUR_SLOTS = STAGES.map((stage) => `chaos:${stage}`);

export const REMINDERS: string = `{${STREAM}}:reminders`;
export const REQUESTS: string = `{${STREAM}}:requests`;
export const TICKS: string = `{${STREAM}}:ticks`;
export const REPAIRS: string = `{${STREAM}}:repairs`;
export const ARCHIVE: string = `{${STREAM}}:archive`;
export const MAINTAINED: string = `{${STREAM}}:maintained`;
export const TICK_EVERY_MS = 1_000;

/** The stages of each way that documents take. */
export function chainsOf({ isCluster }: { readonly isCluster: boolean }): readonly (readonly string[])[] {
  return isCluster ? [IN_ONE_SLOT, OVER_FOUR_SLOTS] : [IN_ONE_SLOT];
}

export function trafficStreams(kinds: readonly TrafficKind[], topology: { readonly isCluster: boolean }): string[] {
  const streams: Record<TrafficKind, readonly string[]> = {
    chains: chainsOf(topology).flat(),
    delayed: [REMINDERS],
    keyed: [REQUESTS],
    schedules: [TICKS],
    letters: [REPAIRS],
    replays: [ARCHIVE],
    pauses: [MAINTAINED],
  };
  return kinds.flatMap((kind) => streams[kind]);
}
