import { randomBytes } from 'node:crypto';
import { RedisStreamsConfigError } from '../../model/errors/errors.js';

const OPERATION_ID = /^op_[\w-]{16}$/;

export function newOperationId(): string {
  return `op_${randomBytes(12).toString('base64url')}`;
}

/** @throws RedisStreamsConfigError for what is no id of a bulk action */
export function assertOperationId(id: unknown, where: string): asserts id is string {
  if (typeof id === 'string' && OPERATION_ID.test(id)) return;
  const got = typeof id === 'string' ? JSON.stringify(id.slice(0, 100)) : String(id);
  throw new RedisStreamsConfigError(`${where}: the id of a bulk action is 'op_' and 16 characters, got ${got}.`);
}
