import { Controller, type Type } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { type ScheduleTick, StreamContext, StreamHandler, StreamSchedule } from 'nestjs-redis-streams';
import { now } from '../clock.js';
import type { WorkerConfig, WorkerMessage } from '../messages.js';
import {
  ARCHIVE,
  chainsOf,
  MAINTAINED,
  REMINDERS,
  REPAIRS,
  REQUESTS,
  TICK_EVERY_MS,
  TICKS,
  type TrafficKind,
} from './kinds.js';
import { failsUntilCured } from './operated/cures.js';
import { type NamedTask, work } from './work.js';

interface Parts {
  readonly isCluster: boolean;
  readonly handler: WorkerConfig['handler'];
  readonly tell: (message: WorkerMessage) => void;
}

/** What a worker does about the traffic of these kinds. */
export function trafficControllers(kinds: readonly TrafficKind[], parts: Parts): Type[] {
  const controllers: Record<TrafficKind, () => Type[]> = {
    chains: () =>
      chainsOf(parts).flatMap((stages) => stages.map((stage, n) => controllerOf(stage, parts, stages[n + 1]))),
    delayed: () => [controllerOf(REMINDERS, parts)],
    keyed: () => [controllerOf(REQUESTS, parts)],
    schedules: () => [scheduled(controllerOf(TICKS, parts))],
    letters: () => [controllerOf(REPAIRS, parts)],
    replays: () => [controllerOf(ARCHIVE, parts)],
    pauses: () => [controllerOf(MAINTAINED, parts)],
  };
  return kinds.flatMap((kind) => controllers[kind]());
}

/** @param next the stage that it forwards to */
function controllerOf(stream: string, { handler, tell }: Parts, next?: string): Type {
  // Never given up, however many workers die with it; and all of them are still there in the end, to be counted.
  const options = {
    ...handler,
    retry: { ...handler.retry, maxDeliveries: 100 },
    retention: { maxEntries: 10_000_000 },
  };

  @Controller()
  class Traffic {
    @StreamHandler(stream, options)
    async handle(@Payload() task: NamedTask, @Ctx() context: StreamContext): Promise<void> {
      const { entryId } = context;
      const { redrives, isReplay } = context;
      const run = { event: 'traffic run', stream, entryId, name: task.name, redrives, isReplay } as const;
      tell({ ...run, at: now(), isOver: false });
      // Whatever comes of it: what is forwarded counts for nothing when the run fails.
      if (next !== undefined) context.forward(next, task);
      if (stream === REPAIRS) failsUntilCured(task, context);
      await work(task, context, handler.leaseMs);
      tell({ ...run, at: now(), isOver: true });
    }
  }
  return Traffic;
}

function scheduled(controller: Type): Type {
  StreamSchedule({ everyMs: TICK_EVERY_MS }, TICKS, taskOf, { name: 'tick' })(controller);
  return controller;
}

function taskOf({ at }: ScheduleTick): NamedTask {
  return { name: String(at.getTime()) };
}
