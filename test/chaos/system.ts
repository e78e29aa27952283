import type { ChaosOptions } from './chaos-options.js';
import { ChaosCluster } from './chaos-cluster.js';
import { ChaosOperator } from './chaos-operator.js';
import { ChaosProducer } from './chaos-producer.js';
import { ChaosWorker } from './chaos-worker.js';
import { FaultJournal } from './fault-journal.js';
import { ENTRY_ID_IN_TEXT, Ledger } from './ledger.js';
import type { ProducerMessage, WorkerMessage } from './messages.js';
import { PROXIED_WORKER } from './plan.js';
import { CHATS, GROUP, STREAM, STREAMS } from './streams.js';
import { SingleServer } from './single-server.js';
import { handlerTimes, LONGEST_RETRY_MS } from './tasks.js';
import type { ChaosTopology } from './topology.js';
import type { TrafficConfig } from './traffic/adding/sources.js';
import { TrafficBooks } from './traffic/audit/books.js';
import { OPERATED_KINDS, trafficStreams } from './traffic/kinds.js';
import { eventually } from '../support/eventually.js';

/** Longer than the workers' shutdownTimeoutMs, and all that a stop may add to it. */
const SHUTDOWN_WITHIN_MS = 10_000;

type Told<Event extends WorkerMessage['event']> = Extract<WorkerMessage, { event: Event }>;

/** So many of all plain adds there are documents and delayed tasks, and half as many keys: each is several adds or runs. */
const TRAFFIC_SHARE = 1 / 20;
/** Until a producer has started. */
const BEGINS_AFTER_MS = 1_500;

/** Redis, the workers and the producers of a run, and the books about them. */
export class System {
  readonly ledger = new Ledger();
  readonly chats = new Ledger();
  readonly traffic = new TrafficBooks();
  readonly journal = new FaultJournal();
  /** Errors that nobody handled, in any process. */
  readonly escaped: string[] = [];
  /** Processes that ended though nothing ended them. */
  readonly unexpectedEnds: string[] = [];
  /** Workers that could not start, as while Redis was down. */
  failedStarts = 0;
  readonly overdueShutdowns: string[] = [];
  worstShutdownMs = 0;
  /** When each worker process was ready. */
  readonly readyAt = new Map<string, number>();
  readonly health = new Map<string, { status: string; detail: string }>();
  readonly workers: readonly ChaosWorker[];
  producers: readonly ChaosProducer[] = [];
  /** Where there is traffic that somebody operates on. */
  operator: ChaosOperator | undefined;
  readonly trafficStreams: readonly string[];
  private lastStrike: Promise<void> = Promise.resolve();

  private constructor(
    private readonly options: ChaosOptions,
    readonly topology: ChaosTopology,
    private readonly now: () => number,
  ) {
    const { leaseMs, workers, traffic, isCluster } = options;
    this.trafficStreams = trafficStreams(traffic, options);
    const { timeoutMs, abortGraceMs } = handlerTimes(leaseMs);
    const retry = { maxDeliveries: 5, backoff: { initialMs: 100, maxMs: LONGEST_RETRY_MS } };
    const handler = { group: GROUP, concurrency: 10, leaseMs, timeoutMs, abortGraceMs, retry };
    this.workers = Array.from({ length: workers }, (_, index) => {
      const number = index + 1;
      const connection = number === PROXIED_WORKER ? topology.through(topology.links.worker) : topology.connection;
      return new ChaosWorker(
        number,
        { connection, stream: STREAM, chats: CHATS, handler, traffic, isCluster },
        {
          heard: (worker, message) => this.heardFromWorker(worker, message),
          ended: (worker, death) => {
            this.journal.deaths.set(worker.label, death);
            if (death.how !== 'unexpected') return;
            if (death.wasReady) this.unexpectedEnds.push(`${worker.label} ended by itself: ${death.exit}`);
            else this.failedStarts++;
          },
        },
      );
    });
  }

  /** Starts everything and waits until it works. */
  static async start(options: ChaosOptions, now: () => number): Promise<System> {
    const topology = options.isCluster ? await ChaosCluster.start(STREAM) : await SingleServer.start();
    const system = new System(options, topology, now);
    for (const worker of system.workers) worker.start();
    await system.allReady();
    const { producers, seed, rate, leaseMs } = options;
    const traffic = trafficConfig(options);
    system.producers = Array.from(
      { length: producers },
      (_, index) =>
        new ChaosProducer(
          {
            ...{ connection: index === 0 ? topology.through(topology.links.producer) : topology.connection },
            ...{ minReplicas: topology.minReplicas, stream: STREAM, chats: CHATS },
            ...{ seed: seed * 1_000 + index, leaseMs, traffic },
            ...{ rate: rate / producers, first: index, step: producers },
          },
          (message) => system.heardFromProducer(message),
        ),
    );
    if (options.traffic.some((kind) => OPERATED_KINDS.has(kind))) {
      const config = { connection: topology.connection, seed, kinds: options.traffic };
      system.operator = new ChaosOperator(config, (message) => system.heardFromProducer(message));
    }
    await Promise.all(system.producers.map(({ ready }) => ready));
    return system;
  }

  get streams(): readonly string[] {
    return [...STREAMS, ...this.trafficStreams];
  }

  ledgerOf(stream: string): Ledger {
    return stream === CHATS ? this.chats : this.ledger;
  }

  /** For faults of the servers, where the last one may last longer than planned. */
  oneAtATime(strike: () => Promise<void>): Promise<void> {
    return (this.lastStrike = this.lastStrike.then(strike));
  }

  worker(number: number): ChaosWorker {
    return this.workers[number - 1]!;
  }

  async allReady(withinMs = 90_000): Promise<void> {
    await eventually(() => this.workers.every(({ isReady }) => isReady), withinMs);
  }

  /** Ends a worker as a deploy does. */
  async terminate(worker: ChaosWorker, how: 'terminate' | 'retire' = 'terminate'): Promise<void> {
    const { label } = worker;
    const since = this.now();
    const inTime = await worker[how](SHUTDOWN_WITHIN_MS);
    this.worstShutdownMs = Math.max(this.worstShutdownMs, Math.round(this.now() - since));
    if (!inTime) this.overdueShutdowns.push(`${label} had not ended ${SHUTDOWN_WITHIN_MS} ms after SIGTERM`);
  }

  async stopProcesses(): Promise<void> {
    await Promise.all([
      ...this.workers.map((worker) => this.terminate(worker, 'retire')),
      ...this.producers.map((producer) => producer.stop()),
      this.operator?.stop(),
    ]);
  }

  private heardFromWorker(worker: ChaosWorker, message: WorkerMessage): void {
    const { label } = worker;
    switch (message.event) {
      case 'ready':
        this.readyAt.set(label, this.now());
        break;
      case 'started':
        this.ledgerOf(message.stream).started(label, message);
        break;
      case 'ended':
        this.ledgerOf(message.stream).ended(label, message.entryId, message.at, message.outcome, message.text);
        break;
      case 'settled':
        this.settled(label, message);
        break;
      case 'traffic run':
        this.traffic.ran(label, message);
        break;
      case 'logged':
        this.noteLog(label, message);
        this.logged?.(label, message.level, message.text);
        break;
      case 'health':
        this.health.set(label, message);
        break;
      case 'escaped':
        this.escaped.push(`${label}: ${message.text}`);
        break;
    }
  }

  /** Ids of two streams may be the same: each goes into the books of its own. */
  private settled(label: string, { stream, entryId, at, as, end }: Told<'settled'>): void {
    if (this.trafficStreams.includes(stream))
      this.traffic.note(stream, entryId, { at, text: `${label} settled: ${as}` });
    else this.ledgerOf(stream).settled(label, entryId, at, as, end);
  }

  private noteLog(label: string, { at, text }: Told<'logged'>): void {
    const stream = this.trafficStreams.find((one) => text.includes(one));
    if (stream === undefined) return this.ledgerOf(text.includes(CHATS) ? CHATS : STREAM).logged(label, at, text);
    const note = { at, text: `${label} logged: ${text}` };
    for (const id of new Set(text.match(ENTRY_ID_IN_TEXT))) this.traffic.note(stream, id, note);
  }

  private heardFromProducer(message: ProducerMessage): void {
    switch (message.event) {
      case 'accepted':
        this.ledgerOf(message.stream).accept(message.id, message.kind, message.at, message);
        break;
      case 'unknown':
        this.ledgerOf(message.stream).unknown.add(message.n);
        break;
      case 'unreplicated':
        this.ledgerOf(message.stream).unreplicated.add(message.n);
        break;
      case 'refused':
        this.ledgerOf(message.stream).refused.set(message.n, message.error);
        break;
      case 'wait began':
        this.ledgerOf(message.stream).waitBegan(message.n, message.kind, message.at);
        break;
      case 'wait ended': {
        const { n, kind, at, id, outcome } = message;
        this.ledgerOf(message.stream).waitEnded(n, kind, at, id, outcome);
        break;
      }
      case 'escaped':
        this.escaped.push(`producer or operator: ${message.text}`);
        break;
      case 'traffic':
        this.traffic.tell(message.fact);
        break;
      case 'ready':
      case 'finished':
      case 'concluded':
        break;
    }
  }

  /** Where the workers' log lines go, for whoever wants to read along. */
  logged: ((worker: string, level: string, text: string) => void) | undefined;
}

/** For each producer. */
function trafficConfig({ traffic: kinds, isCluster, rate, producers, runMs }: ChaosOptions): TrafficConfig {
  const beginsAt = Date.now() + BEGINS_AFTER_MS;
  const all = rate * TRAFFIC_SHARE;
  return {
    ...{ kinds, isCluster, beginsAt, endsAt: beginsAt + runMs },
    ...{ perSecond: all / producers, keysPerSecond: all / 2 },
  };
}
