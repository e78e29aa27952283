import { RedisStreamsConfigError } from '../../model/errors/errors.js';
import { rethrowNaming } from '../../model/errors/rethrow-naming.js';
import type { GroupPause, PauseChange } from '../../model/groups/group-pause.js';
import type { ConsumerRemoval, GroupRemoval } from '../../model/groups/group-removal.js';
import type { GroupState } from '../../model/groups/group-state.js';
import type { AnyStream, KnownStream } from '../../model/payloads.js';
import { GONE_AFTER_MS } from '../../model/policy/presence-rule.js';
import type { GroupKey, GroupStore, NoSuchGroup } from '../../model/ports/admin/groups.js';
import { didYouMean } from '../../options/checks/closest.js';
import type { StreamNames } from '../../options/stream-names.js';
import { untilDrained } from './drain.js';
import {
  checkedGroupOptions,
  DRAIN_OPTIONS,
  type DrainOptions,
  endOf,
  GROUP_OPTIONS,
  type GroupOptions,
  PAUSE_OPTIONS,
  type PauseOptions,
  REMOVE_CONSUMER_OPTIONS,
  REMOVE_GROUP_OPTIONS,
  type RemoveConsumerOptions,
  type RemoveGroupOptions,
} from './group-options.js';
import { groupStateOf } from './group-state.js';
import { consumerRemoval, groupRemoval } from './removal.js';

export interface StreamGroupsParts {
  readonly store: GroupStore;
  readonly names: StreamNames;
  /** For how long an entry of a consumer that is not ours counts as running. */
  readonly foreignLeaseMs: number;
}

/**
 * Pauses, drains, looks at and removes whole groups, for all their workers in all processes. Inject it anywhere, also where nothing consumes. Asks
 * Redis each time, over the connection that is opened with the first question, and waits for each answer no longer than `addTimeoutMs`.
 */
export class StreamGroups {
  private readonly store: GroupStore;
  private readonly names: StreamNames;
  private readonly foreignLeaseMs: number;

  /** @internal Nest makes it. */
  constructor({ store, names, foreignLeaseMs }: StreamGroupsParts) {
    this.store = store;
    this.names = names;
    this.foreignLeaseMs = foreignLeaseMs;
  }

  /**
   * Stops the workers of a group from starting tasks: new ones, retries and what dead workers left. What runs goes on, keeps its lease and
   * is settled; adds, delayed tasks and retries fall due meanwhile and wait. It is kept in Redis until it is over, whatever restarts. Workers
   * hear of it at once; one that cannot be told (see docs/pause.md) when its read ends, within `blockMs`. Asked twice, the group is paused
   * since the first time, with the end of the second call, none if that gives none, and its reason and author where it gives those.
   *
   * @returns the pause, and what it was before
   * @throws RedisStreamsConfigError for a stream or group that is not there: it names those that are; or for an end that has passed
   * @example
   * await groups.pause('ai:chat', { reason: 'the model is being replaced', by: 'ops', forMs: 3_600_000 });
   */
  async pause<S extends AnyStream>(stream: KnownStream<S>, options: PauseOptions = {}): Promise<PauseChange> {
    const call = `pause('${stream}')`;
    this.names.use(stream);
    return this.pauseOnce(stream, checkedGroupOptions(PAUSE_OPTIONS, options, call), call);
  }

  /**
   * Ends the pause of a group: all its workers go on at once, each with as many tasks as it has slots. Where what they call bears less at
   * first, see docs/pause.md.
   *
   * @returns the pause that ended; undefined where the group was not paused
   * @throws RedisStreamsConfigError for a stream or group that is not there: it names those that are
   */
  async resume<S extends AnyStream>(
    stream: KnownStream<S>,
    options: GroupOptions = {},
  ): Promise<GroupPause | undefined> {
    const call = `resume('${stream}')`;
    const key = this.keyOf(stream, options, call);
    const reply = await this.store.resume(key).catch(rethrowNaming(call));
    return reply && this.known(key, reply, call);
  }

  /**
   * Whether a group is paused, what runs there, and who its workers are.
   * @throws RedisStreamsConfigError for a stream or group that is not there: it names those that are
   */
  async get<S extends AnyStream>(stream: KnownStream<S>, options: GroupOptions = {}): Promise<GroupState> {
    const call = `get('${stream}')`;
    return this.look(this.keyOf(stream, options, call), call);
  }

  /**
   * Pauses a group, where it is not paused already, and waits until nothing runs there and no worker can start anything any more. The group
   * stays paused. What a dead worker left is not waited for: `leftBehind` tells how much that is.
   *
   * @returns its state then
   * @throws DrainInterruptedError when `timeoutMs` is over, or somebody resumes the group: it names who still runs what.
   *   RedisStreamsConfigError for a stream or group that is not there, the signal's reason when that aborts
   */
  async drain<S extends AnyStream>(stream: KnownStream<S>, options: DrainOptions = {}): Promise<GroupState> {
    const call = `drain('${stream}')`;
    this.names.use(stream);
    const { timeoutMs, signal, onProgress, ...pause } = checkedGroupOptions(DRAIN_OPTIONS, options, call);
    const key = { stream, group: pause.group };
    const isAsked = Object.values({ ...pause, group: undefined }).some((value) => value !== undefined);
    const before = isAsked ? undefined : await this.look(key, call);
    if (!before?.pause) await this.pauseOnce(stream, pause, call);
    return untilDrained({ look: () => this.look(key, call), timeoutMs, signal, onProgress });
  }

  /**
   * Removes a group that nobody serves any more, with all that is kept of it: nothing is held in memory for it from then on. Its dead letters
   * stay. A worker that starts with the group later goes on after what it had been given, as long as the stream keeps some of that, unless `forget` is
   * given. Refused while a worker is there, which would create it again; and, without `force`, where it has not finished all entries or a
   * consumer was heard of lately. `dryRun` tells what speaks against it.
   *
   * @throws RemovalRefusedError where it is refused: nothing was changed, `plan` tells why. RedisStreamsConfigError for a stream or group that is not there
   */
  async remove<S extends AnyStream>(stream: KnownStream<S>, options: RemoveGroupOptions): Promise<GroupRemoval> {
    const call = `remove('${stream}')`;
    this.names.use(stream);
    const { group, dryRun, force, forget } = checkedGroupOptions(REMOVE_GROUP_OPTIONS, options, call);
    const key = { stream, group };
    const command = { ...key, silenceMs: GONE_AFTER_MS, isMeant: !dryRun, isForced: force, forgets: forget };
    const reply = await this.store.remove(command).catch(rethrowNaming(call));
    return groupRemoval(key, this.known(key, reply, call), call, !dryRun);
  }

  /**
   * Removes a consumer that is dead. What it had pending is lost to nobody: other workers run it at once, as a retry. Workers do that by
   * themselves when its lease has ended, and remove it later: this is for who cannot wait, and for consumers that are not this library's.
   *
   * @param consumer its name, as `get` and `StreamMonitor.stats` tell it
   * @throws RemovalRefusedError where it was heard of in the last 65 s, without `force`: nothing was changed.
   *   RedisStreamsConfigError for a stream, group or consumer that is not there: it names those that are
   */
  async removeConsumer<S extends AnyStream>(
    stream: KnownStream<S>,
    consumer: string,
    options: RemoveConsumerOptions = {},
  ): Promise<ConsumerRemoval> {
    const call = `removeConsumer('${stream}', '${consumer}')`;
    this.names.use(stream);
    const { group, dryRun, force } = checkedGroupOptions(REMOVE_CONSUMER_OPTIONS, options, call);
    const key = { stream, group, consumer };
    const command = { ...key, silenceMs: GONE_AFTER_MS, isMeant: !dryRun, isForced: force };
    const ask = async () => this.known(key, await this.store.removeConsumer(command).catch(rethrowNaming(call)), call);
    const first = await ask();
    let last = first;
    // Of very many pending entries each call hands over some.
    while (!last.isRemoved && last.handedOver > 0) last = await ask();
    return consumerRemoval(key, { ...last, pending: first.pending }, call, !dryRun);
  }

  private async pauseOnce(
    stream: string,
    { group, reason, by, ...end }: Omit<PauseOptions, 'group'> & { readonly group: string },
    call: string,
  ): Promise<PauseChange> {
    const key = { stream, group };
    const until = endOf(end, call);
    const reply = await this.store.pause({ ...key, reason, by, until }).catch(rethrowNaming(call));
    if (reply === 'over')
      throw new RedisStreamsConfigError(
        `${call}: the pause would have ended before it began, by Redis's clock. Give a later time, or forMs.`,
      );
    return this.known(key, reply, call);
  }

  private async look(key: GroupKey, call: string): Promise<GroupState> {
    const look = this.known(key, await this.store.look(key).catch(rethrowNaming(call)), call);
    return groupStateOf(key, look, this.foreignLeaseMs);
  }

  private keyOf(stream: string, options: GroupOptions, call: string): GroupKey {
    this.names.use(stream);
    return { stream, ...checkedGroupOptions(GROUP_OPTIONS, options, call) };
  }

  private known<Reply extends object>({ stream, group }: GroupKey, reply: Reply | NoSuchGroup, call: string): Reply {
    if (!('groups' in reply)) return reply;
    const { groups } = reply;
    if (groups.length > 0)
      throw new RedisStreamsConfigError(
        `${call}: the stream has no group '${group}'.${didYouMean(group, groups)} Its groups: ${groups.join(', ')}.`,
      );
    const known = this.names.known.filter((name) => name !== stream);
    const others = known.length === 0 ? '' : ` Streams of this application: ${known.join(', ')}.`;
    throw new RedisStreamsConfigError(
      `${call}: there is no such stream, or no worker has ever read it.${didYouMean(stream, known)}${others}`,
    );
  }
}
