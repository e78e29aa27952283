import type { Broker, LeaseKeeping, Member, WatchedMember } from '../model/ports/broker.js';
import type { RedisFailure } from '../model/ports/redis-failure.js';
import type { FailureOptions } from './failures.js';
import { failure } from './failures.js';
import { InMemoryGroup } from './in-memory-group.js';
import { InMemoryReader } from './in-memory-reader.js';
import type { Call, CallName } from './line/calls.js';
import type { FailOptions, HoldOptions, Release } from './line/faults.js';
import { Line } from './line/line.js';
import { ServerClock } from './store/server-clock.js';
import type { StoredMember } from './store/stored-member.js';
import { StoredStream } from './store/stored-stream.js';

/** As long as the connection to Redis waits for an answer. */
const ANSWER_WITHIN_MS = 10_000;

export interface InMemoryBrokerOptions {
  /** After how many milliseconds a call for a group that is held, or finds no connection, is given up. Default 10,000; may be Infinity. */
  readonly answerWithinMs?: number;
}

/** A thread that would keep leases. */
export interface StandInThread {
  readonly members: readonly WatchedMember[];
  readonly isStopped: boolean;
  /** Ends it as by itself. */
  end(error: Error): void;
}

/**
 * Streams and groups without Redis, for tests: they answer as Redis 7.0 and later do with the library's scripts, and show all that
 * they hold. Calls take effect at once and are answered in a microtask; time passes with `performance.now()` and `setTimeout`, so that fake
 * timers drive all of it, when they are there before the broker is made.
 *
 * A test orders what goes wrong: calls that fail before or after they took effect, hang or come twice, a connection that breaks, groups and streams that are lost.
 *
 * Simpler than Redis: one server and one connection that is there or not; a history that is trimmed exactly (see `trimHistory`); a
 * reader that is blocked when its stream is deleted is told so (6.0 lets it wait); leases need no thread, as no script runs beside
 * a blocked process.
 */
export class InMemoryBroker implements Broker {
  readonly place = 'memory';
  /** The server's clock, which a test may step or stop. */
  readonly clock = new ServerClock();
  readonly threads: StandInThread[] = [];
  private readonly line: Line;
  private readonly streams = new Map<string, StoredStream>();

  constructor({ answerWithinMs = ANSWER_WITHIN_MS }: InMemoryBrokerOptions = {}) {
    this.line = new Line(answerWithinMs);
  }

  get isReady(): boolean {
    return this.line.link.isUp;
  }

  get trouble(): RedisFailure | undefined {
    return this.line.link.trouble;
  }

  async answers(): Promise<void> {
    this.line.calls.add('answers', []);
    await this.line.pass('answers', Infinity, () => undefined);
  }

  onReady(listener: () => void): () => void {
    return this.line.link.onReady(listener);
  }

  group(member: Member): InMemoryGroup {
    return new InMemoryGroup(this.line, member, this.stored(member));
  }

  reader(member: Member): InMemoryReader {
    return new InMemoryReader(this.line, member, this.stored(member));
  }

  async describePaths(): Promise<string> {
    return 'the history is trimmed in memory';
  }

  keepLeases(members: readonly WatchedMember[], onEnd: (error: Error) => void): LeaseKeeping {
    const thread = { members, isStopped: false, end: onEnd };
    this.threads.push(thread);
    return { ready: Promise.resolve(), stop: () => (thread.isStopped = true) };
  }

  /** What is stored under a stream's name, to look into, add to and break. */
  stream(name: string): StoredStream {
    let stream = this.streams.get(name);
    if (!stream) this.streams.set(name, (stream = new StoredStream(name, this.clock)));
    return stream;
  }

  private stored({ stream, group, consumer }: Member): StoredMember {
    return { stream: this.stream(stream), group, consumer, streamOf: (name) => this.stream(name) };
  }

  /** All calls of a name so far. */
  calls<Name extends CallName>(name: Name): readonly Call<Name>[] {
    return this.line.calls.of(name);
  }

  /** Resolves with the next call of a name, when it comes. */
  nextCall<Name extends CallName>(name: Name): Promise<Call<Name>> {
    return this.line.calls.next(name);
  }

  /** Lets the next call, or so many, fail; `afterEffect`: it happens all the same, and only the reply is lost. */
  fail(name: CallName, options: FailOptions): void {
    this.line.faults.fail(name, options);
  }

  /** Keeps calls waiting, all or so many, until what is returned is called; `afterEffect`: only their replies wait. */
  hold(name: CallName, options: HoldOptions = {}): Release {
    return this.line.faults.hold(name, options);
  }

  /** Lets the reply to the next call, or to so many, come late. */
  delay(name: CallName, ms: number, { times }: { readonly times?: number } = {}): void {
    this.line.faults.delay(name, ms, { times });
  }

  /** Sends the next call, or so many, twice, as after a broken connection; the second answer counts. */
  resend(name: CallName, { times }: { readonly times?: number } = {}): void {
    this.line.faults.repeat(name, { times });
  }

  /**
   * Stops the server in its tracks, as a frozen machine would: calls wait, and are given up in time, while its clock goes on. A read
   * that waits for entries already goes on, too. @returns what lets it go on
   */
  freezeServer(): () => void {
    return this.line.freezeServer();
  }

  /** Breaks every connection: reads fail, calls for groups wait until it is up again. */
  goDown(reason?: FailureOptions): void {
    this.line.link.goDown(reason && failure(reason));
  }

  /** Connections can be opened again; who listens is told. */
  comeUp(): void {
    this.line.link.comeUp();
  }

  /** Breaks the connections that read, which can be opened again at once. */
  breakReaders(): void {
    this.line.link.breakReaders();
  }
}
