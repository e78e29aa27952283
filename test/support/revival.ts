import type { RevivalTerms } from '../../libs/redis-streams/src/model/ports/admin/revival.js';
import { RedisRevival } from '../../libs/redis-streams/src/redis/revival/redis-revival.js';
import type { RunningApp } from './app.js';

interface Asked {
  readonly group?: string;
  readonly terms?: RevivalTerms;
  readonly again?: boolean;
}

/** Redrives dead letters in place, as bulk actions do with each of their batches. @returns the outcomes */
export async function redrive(app: RunningApp, stream: string, letterIds: readonly string[], asked: Asked = {}) {
  const command = { stream, group: 'workers', terms: {}, again: false, ...asked, letterIds };
  return (await app.get(RedisRevival).redrive(command)).map(({ outcome }) => outcome);
}

/** The same of entries that are replayed. */
export async function replay(app: RunningApp, stream: string, entryIds: readonly string[], asked: Asked = {}) {
  const command = { stream, group: 'workers', terms: {}, ...asked, entryIds };
  return (await app.get(RedisRevival).replay(command)).map(({ outcome }) => outcome);
}
