import { createHash } from 'node:crypto';

/** A Lua script: runs whole, at once, on Redis 6.0 and later. There is no rollback: what it wrote before an error stays. */
export interface Script {
  readonly lua: string;
  /** What EVALSHA knows it by. */
  readonly sha: string;
}

export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}
