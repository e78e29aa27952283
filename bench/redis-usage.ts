import type { Redis } from 'ioredis';

export interface RedisUsage {
  readonly commands: number;
  readonly networkBytes: number;
}

export async function resetUsage(redis: Redis): Promise<void> {
  await redis.config('RESETSTAT');
}

/** Since the last reset, calls inside scripts included, the benchmark's own questions not. */
export async function usage(redis: Redis): Promise<RedisUsage> {
  const [commandstats, stats] = [await redis.info('commandstats'), await redis.info('stats')];
  let commands = 0;
  for (const [, name, calls] of commandstats.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)) {
    if (name !== 'info' && !name!.startsWith('config')) commands += Number(calls);
  }
  return { commands, networkBytes: field(stats, 'total_net_input_bytes') + field(stats, 'total_net_output_bytes') };
}

export async function usedMemory(redis: Redis): Promise<number> {
  return field(await redis.info('memory'), 'used_memory');
}

/** Connections of others than the benchmark's own. */
export async function connectedClients(redis: Redis): Promise<number> {
  return field(await redis.info('clients'), 'connected_clients') - 1;
}

/** Processor time of the server since its start, in milliseconds. */
export async function redisCpuMs(redis: Redis): Promise<number> {
  const cpu = await redis.info('cpu');
  const seconds = (name: string) => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(cpu)![1]);
  return 1_000 * (seconds('used_cpu_user') + seconds('used_cpu_sys'));
}

function field(info: string, name: string): number {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)![1]);
}
