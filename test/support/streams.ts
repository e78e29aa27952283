import { randomBytes } from 'node:crypto';

/** A stream name that no other test uses. */
export function uniqueStream(purpose = 'queue'): string {
  return `test:${purpose}:${randomBytes(6).toString('hex')}`;
}
