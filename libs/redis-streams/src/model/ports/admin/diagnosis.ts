/** What a server says of itself; where it may not be asked, as on managed ones, why. */
export type Fact<T> = { readonly value: T } | { readonly refused: string };

/** What one of Redis's servers can be asked about itself. Each is answered or rejected in time, as `Queries` are. */
export interface Diagnosis {
  /** Where it is, without a password. */
  readonly place: string;
  /** Each server by itself: in a cluster its masters, else this one. */
  servers(): Promise<readonly Diagnosis[]>;
  /** How long it takes to answer, in milliseconds. */
  latencyMs(): Promise<number>;
  /** The fields of INFO. */
  info(): Promise<Fact<Readonly<Record<string, string>>>>;
  /** The value of a setting; undefined where this server has none of that name. */
  config(name: string): Promise<Fact<string | undefined>>;
  /** How many milliseconds the server's clock is ahead of ours. */
  clockAheadMs(): Promise<Fact<number>>;
  /** Whether scripts run: undefined where they do, else why not. */
  whyNoScripts(): Promise<string | undefined>;
  /** Whether reads that wait get through: undefined where they do, else why not. Proxies, which share connections, refuse them. */
  whyNoBlocking(): Promise<string | undefined>;
  /** Whether what is published can be heard: undefined where it can, else why not. Tried over a connection of its own. */
  whyNoPubSub(): Promise<string | undefined>;
  /** Those of the commands that this user may not use; refused by servers before 7.0, which cannot be asked. */
  forbidden(commands: readonly (readonly [string, ...string[]])[]): Promise<Fact<readonly string[]>>;
  /** When the earliest retry of a group was, or is, due, in epoch milliseconds by the server's clock. */
  earliestRetry(stream: string, group: string): Promise<number | undefined>;
  /** The groups that have kept a mark beside the stream: of those that are gone, too, it holds up trimming for a day. */
  markedGroups(stream: string): Promise<readonly string[]>;
}
