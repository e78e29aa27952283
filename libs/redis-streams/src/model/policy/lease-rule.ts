/**
 * The one rule of leases. A lease is how long a silent consumer keeps an entry. What has to do with it happens at a fraction or
 * a multiple of it, each named and reasoned here, so that they fit each other; `leaseMs * RENEW_EVERY` is how it is read.
 *
 *     renewed            |----1/3----|----1/3----|----1/3----|
 *     taken over                                             |---1/4---|    1.5 leases after a crash at the latest:
 *     judged again after a disturbance  |------1/2------|                   a lease, a sweep, and what a process starts with
 */

/** Shorter leases would end with any pause of the process or of the network, in milliseconds. */
export const SHORTEST_LEASE_MS = 200;

/** Two renewals may fail before a lease ends. */
export const RENEW_EVERY = 1 / 3;

/** What disturbed the way to Redis for no longer than the time between two renewals cannot make a renewed lease look ended. */
export const DISTURBED_BEYOND = RENEW_EVERY;
/** Shorter disturbances matter to no lease, in milliseconds. */
export const SMALLEST_DISTURBANCE_MS = Math.floor(SHORTEST_LEASE_MS * DISTURBED_BEYOND);

/** After a disturbance nobody is judged for so long: time enough for every living owner to renew, and for the answer to come. */
export const STABLE_AFTER = 1 / 2;

/** A read that comes so late may have lost what it brings to others meanwhile: it is checked before it is started. */
export const CHECK_READ_LATER_THAN = RENEW_EVERY;

/** Looking for ended leases that often, one is found early enough. */
export const SWEEP_EVERY = 1 / 4;
/** No sweep waits longer, whatever the leases: a worker with a shorter one may join any time, in milliseconds. */
export const LONGEST_SWEEP_INTERVAL_MS = 7_500;

/** Health calls leases endangered that were not renewed for so long: more than one renewal failed. */
export const RENEWAL_OVERDUE_AFTER = 1 / 2;

/** A dead worker's entry that runs for so long without killing its process is innocent of the death. */
export const INNOCENT_AFTER = 1;

/** A worker of ours that holds entries and was silent for so long is no longer waited for, where groups may be abandoned. */
export const SILENT_AFTER = 3;

/** A consumer that holds nothing and was silent for so long is dead, and is removed. */
export const REMOVED_AFTER = 10;

/** The lease thread: the main thread counts that often while it lives, */
export const BEAT_EVERY = 1 / 8;
/** the thread looks that often whether it did, */
export const LOOK_AT_BEAT_EVERY = 1 / 6;
/** takes it for blocked when it has not for so long (the next renewal may be missed), */
export const BLOCKED_AFTER = 1 / 4;
/** and keeps its leases no longer than that without a `timeoutMs`. */
export const KEPT_FOR_THE_BLOCKED = 20;
