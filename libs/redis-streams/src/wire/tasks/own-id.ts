import { randomBytes } from 'node:crypto';

/** The id of a task that waits outside its stream, and has no entry yet: `t_` and 96 random bits. */
const OWN_ID = /^t_[\w-]{16}$/;
const BYTES = 12;

/** For many ids at once: to ask for random bytes takes the longest of all that a delayed add takes its process. */
let random: Buffer = Buffer.alloc(0);
let used = 0;

export function newOwnId(): string {
  if (used === random.length) {
    random = randomBytes(256 * BYTES);
    used = 0;
  }
  used += BYTES;
  return `t_${random.toString('base64url', used - BYTES, used)}`;
}

export function isOwnId(id: string): boolean {
  return OWN_ID.test(id);
}
