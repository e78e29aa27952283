import type { RawEntry } from '../../libs/redis-streams/src/model/entry.js';
import type { Broker } from '../../libs/redis-streams/src/model/ports/broker.js';

/** A pending entry, as XPENDING tells it. */
export interface Pending {
  readonly id: string;
  readonly consumer: string;
  readonly deliveryCount: number;
  readonly idleMs: number;
}

/** A broker with one stream and group of its own, and what a test needs to look behind it, and to be what disturbs it. */
export interface World {
  readonly broker: Broker;
  readonly stream: string;
  readonly group: string;
  /** What the server does. */
  readonly features: Features;

  /** Adds an entry of one field `n`, or of the given names and values in turn. @returns its id */
  readonly add: (fields?: readonly string[], id?: string) => Promise<string>;
  readonly addMany: (count: number, idOf?: (n: number) => string) => Promise<void>;
  readonly deleteEntry: (id: string) => Promise<void>;
  readonly deleteStream: () => Promise<void>;
  readonly createGroup: (name: string) => Promise<void>;
  /** The group, or another one. */
  readonly destroyGroup: (name?: string) => Promise<void>;
  /** XGROUP SETID. */
  readonly moveGroup: (lastDelivered: string) => Promise<void>;
  /** Makes all that is pending, or some of it, as idle as if nobody had cared for so long. */
  readonly age: (ms: number, ids?: readonly string[]) => Promise<void>;
  /** Another stream of the broker. */
  readonly target: string;
  /** Lets nothing be added there, until it is told otherwise. */
  readonly refuseForwards: (refuse: boolean) => Promise<void>;
  /** The fields of what is there, oldest first. */
  readonly forwarded: () => Promise<RawEntry[]>;
  /** Lets nothing be written to the dead-letter stream. */
  readonly refuseDeadLetters: () => Promise<void>;
  /** Lets no marks be kept. */
  readonly refuseMarks: () => Promise<void>;
  readonly forgetMarks: () => Promise<void>;
  /** Pauses the group, up to a time by the server's clock or for good. */
  readonly pause: (until?: number) => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Takes these off the schedule, or all. */
  readonly forgetRetries: (ids?: readonly string[]) => Promise<void>;
  /** A delayed task of the stream is due then, by the server's clock. */
  readonly delayUntil: (due: number) => Promise<void>;
  /** Until so much of the server's time has passed. */
  readonly letPass: (ms: number) => Promise<void>;

  /** A process wants to hear of a task. */
  readonly listenFor: (id: string) => Promise<void>;
  /** What a task's runs have written is gone. */
  readonly forgetOutput: (id: string) => Promise<void>;

  readonly serverNow: () => Promise<number>;
  readonly ids: () => Promise<string[]>;
  /** Those of the group, in the order of their ids. */
  readonly pending: () => Promise<Pending[]>;
  /** Ids and due times, the earliest first. */
  readonly retries: () => Promise<[id: string, dueAt: number][]>;
  readonly consumers: () => Promise<string[]>;
  /** Gives a task of the group that has ended another life, of which this is known: see `wire/tasks/life`. */
  readonly revive: (id: string, life: object) => Promise<void>;
  /** Those that live again. */
  readonly lives: () => Promise<string[]>;
  /** Asks to cancel a task of the group, as `StreamTasks` does. */
  readonly requestCancel: (id: string, reason?: string) => Promise<void>;
  /** Who is still to be cancelled, with the reason. */
  readonly cancels: () => Promise<Record<string, string>>;
  /** Gives an idempotency key to a task. */
  readonly giveKey: (key: string, taskId: string) => Promise<void>;
  /** The keys that tasks have. */
  readonly heldKeys: () => Promise<string[]>;
  /** A task's record in the group; empty where there is none. */
  readonly record: (id: string) => Promise<Record<string, string>>;
  /** The fields of all dead letters, oldest first. */
  readonly deadLetters: () => Promise<string[][]>;
  /** What a task's runs have written. */
  readonly output: (id: string) => Promise<RawEntry[]>;
}

/** Where servers differ. */
export interface Features {
  /** An entry that was deleted stays pending when it is claimed (Redis before 7.0). */
  readonly keepsDeletedPending: boolean;
  /** Whoever reads is told at once when the group is gone (Redis 7.0 and later, for a deleted stream). */
  readonly tellsBlockedReaders: boolean;
}
