import { randomBytes } from 'node:crypto';

/** The id of a task that waits outside its stream, and has no entry yet: `t_` and 96 random bits. */
const OWN_ID = /^t_[\w-]{16}$/;

export function newOwnId(): string {
  return `t_${randomBytes(12).toString('base64url')}`;
}

export function isOwnId(id: string): boolean {
  return OWN_ID.test(id);
}
