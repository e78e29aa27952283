/** As many fields as an entry may have would not fit on the stack: they are one list, which ioredis unfolds. */
export type XaddArguments = [key: string, ...(string | number | readonly string[])[]];

/** What XADD and the WAIT after it answered, as a pipeline gives it. */
export type AddAndWaitReplies = [[error: Error | null, id: string], [error: Error | null, replicas: number]];

/**
 * How long a WAIT that is sent now may take, in milliseconds: it ends before the call itself is given up, so that the entry's
 * id is known in any case.
 * @param giveUpAt on performance.now's clock
 */
export function replicaWaitMs(giveUpAt: number): number {
  // WAIT takes 0 for ever.
  return Math.max(1, Math.floor((giveUpAt - performance.now()) * 0.8));
}
