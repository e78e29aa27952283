import { redisCli } from './redis-cli.js';

interface Entry {
  readonly id: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** All that a stream holds. */
export async function entriesOf(stream: string, cli = redisCli()): Promise<Entry[]> {
  const entries = await cli.xrange(stream, '-', '+');
  return entries.map(([id, flat]) => {
    const fields: Record<string, string> = {};
    for (let i = 0; i < flat.length; i += 2) fields[flat[i]!] = flat[i + 1]!;
    return { id, fields };
  });
}

/** What the entry's header says of its schedule. */
export function tickOfEntry({ fields }: Entry): { readonly name: string; readonly tickAt: number } {
  const [tick, name] = fields['~.tick']!.split(' ');
  return { name: name!, tickAt: Number(tick) };
}

/** Sets a schedule's last tick back, as if nobody had been there since. */
export async function missedSince(stream: string, name: string, ms: number, cli = redisCli()): Promise<void> {
  await cli.hset(`{${stream}}:schedules`, `tick:${name}`, `${Date.now() - ms} `);
}
