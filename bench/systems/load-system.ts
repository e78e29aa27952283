import type { BenchSystem, SystemName } from './system.js';

/** Only the one that is asked for: the others' packages would take part in what is measured. */
export async function loadSystem(name: SystemName): Promise<BenchSystem> {
  switch (name) {
    case 'bare':
      return (await import('./bare.js')).bare;
    case 'bare-autopipelining':
      return (await import('./bare.js')).bareAutopipelining;
    case 'ours':
      return (await import('./ours.js')).ours;
    case 'bullmq':
      return (await import('./bullmq.js')).bullmq;
    case 'nest-redis':
      return (await import('./nest-redis.js')).nestRedis;
  }
}
