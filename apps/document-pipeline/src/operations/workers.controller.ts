import { Controller, Get } from '@nestjs/common';
import { StreamMonitor } from 'nestjs-redis-streams';
import { QUEUES } from '../streams.js';
import { WorkerRegister } from './worker-register.js';

export interface WorkerState {
  /** Host and pid. */
  readonly name: string;
  /** Tasks that it has been given and has not settled. */
  readonly holds: number;
  /** Since it last said that it is there; undefined where only the tasks that it holds still tell of it. */
  readonly silentMs: number | undefined;
  /** Silent for longer than a worker that lives would be. */
  readonly isMissing: boolean;
}

/** Three words missed. */
const MISSING_AFTER_MS = 7_000;

/** Who runs tasks, and who has vanished with some. */
@Controller('workers')
export class WorkersController {
  constructor(
    private readonly monitor: StreamMonitor,
    private readonly workers: WorkerRegister,
  ) {}

  @Get()
  async list(): Promise<{ workers: WorkerState[] }> {
    // While Redis is away the streams' answer says so.
    const [seen, held] = await Promise.all([this.workers.seen().catch(() => []), this.held()]);
    const silence = new Map(seen.map(({ name, silentMs }) => [name, silentMs]));
    const names = [...new Set([...silence.keys(), ...held.keys()])].toSorted();
    return {
      workers: names.map((name) => {
        const silentMs = silence.get(name);
        const isMissing = silentMs === undefined || silentMs > MISSING_AFTER_MS;
        return { name, holds: held.get(name) ?? 0, silentMs, isMissing };
      }),
    };
  }

  /** How many tasks each process holds, over all streams. */
  private async held(): Promise<Map<string, number>> {
    const stats = await Promise.all(QUEUES.map((stream) => this.monitor.stats(stream)));
    const held = new Map<string, number>();
    for (const { consumer, pending } of stats.flatMap(({ groups }) => groups.flatMap(({ consumers }) => consumers))) {
      const name = processOf(consumer);
      if (pending > 0) held.set(name, (held.get(name) ?? 0) + pending);
    }
    return held;
  }
}

/** `gpu-7:4121` of a consumer's name such as `gpu-7:4121:k3x9qa@10000ms`. */
function processOf(consumer: string): string {
  return /^(.*:\d+):[^:]*$/.exec(consumer)?.[1] ?? consumer;
}
