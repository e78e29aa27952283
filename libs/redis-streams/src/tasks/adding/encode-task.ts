import { appendHeaders, type StreamCodec } from '../../wire/codec.js';
import { ADD_OPTIONS, type AddOptions } from './add-options.js';
import { assertSize } from './entry-size.js';

/** How tasks become entries. */
export interface TaskEncoding {
  readonly codec: StreamCodec;
  readonly maxPayloadBytes: number;
}

export interface NewTask {
  readonly payload: unknown;
  readonly headers?: AddOptions['headers'] | undefined;
}

/**
 * @param reserved headers of the library's own, names and values in turn
 * @returns the entry, names and values in turn
 * @throws EncodeError for a payload that is no JSON or a header that cannot be one, PayloadTooLargeError
 */
export function encodeTask(
  { codec, maxPayloadBytes }: TaskEncoding,
  { payload, headers }: NewTask,
  reserved?: readonly string[],
): string[] {
  const fields = codec.encode(payload);
  if (headers) appendHeaders(fields, ADD_OPTIONS.headers.read(headers, 'headers')!);
  if (reserved) for (const value of reserved) fields.push(value);
  assertSize(fields, maxPayloadBytes);
  return fields;
}
