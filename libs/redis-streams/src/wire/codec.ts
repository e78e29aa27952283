import { DecodeError, EncodeError } from '../model/errors/errors.js';
import { type DecodedEntry, NO_HEADERS } from '../model/entry.js';
import {
  HEADER_PREFIX,
  JSON_FIELDS_HEADER,
  PAYLOAD_HEADER,
  RESERVED_PREFIX,
  headerField,
  isHeaderField,
} from './header-contract.js';
import { assertFields, assertNoLostDate, toJson } from './json/json-value.js';

/**
 * Turns a payload into the fields of an entry. Reading needs no choice: `decodeEntry` recognises what either built-in
 * codec wrote, and plain fields from other languages.
 */
export interface StreamCodec {
  /**
   * @returns field names and values in turn, at least one pair
   * @throws EncodeError when the payload has no faithful form
   */
  encode(payload: unknown): string[];
}

/**
 * The default and the smallest in Redis memory: one field per top-level key of an object, strings as they are, other
 * values as JSON, with one header that names the JSON ones. Other payloads become one JSON field.
 */
export const fieldsCodec: StreamCodec = { encode: encodeFields };

/** One JSON field for the whole payload: faster for many small keys, 25% larger in Redis for a typical task. */
export const jsonCodec: StreamCodec = { encode: (payload) => [PAYLOAD_HEADER, toJson(payload, 'the payload')] };

function encodeFields(payload: unknown): string[] {
  const value = unwrapToJson(payload, '');
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return jsonCodec.encode(value);
  assertFields(value, 'the payload');
  const record = value as Record<string, unknown>;
  const fields: string[] = [];
  let jsonKeys = '';
  let jsonCount = 0;
  for (const key of Object.keys(record)) {
    const item = unwrapToJson(record[key], key);
    if (item === undefined) continue;
    if (key.startsWith(HEADER_PREFIX)) {
      throw new EncodeError(
        `The payload key '${key}' starts with '${HEADER_PREFIX}', which marks headers. Rename the key, or nest it one level down.`,
      );
    }
    // Redis stores UTF-8, which cannot hold a lone surrogate; JSON can, escaped.
    if (!key.isWellFormed()) return jsonCodec.encode(record);
    if (typeof item === 'string' && item.isWellFormed()) {
      fields.push(key, item);
    } else {
      fields.push(key, toJson(item, `'${key}'`));
      jsonKeys += (jsonCount++ === 0 ? '' : ',') + encodeURIComponent(key);
    }
  }
  // An entry needs a field, so that {} is its header alone.
  if (jsonCount > 0 || fields.length === 0) fields.push(JSON_FIELDS_HEADER + jsonKeys, '');
  return fields;
}

/** Dates and others with a toJSON count as what it returns, as in JSON.stringify. */
function unwrapToJson(value: unknown, key: string): unknown {
  if (typeof value === 'object' && value !== null && typeof (value as { toJSON?: unknown }).toJSON === 'function') {
    const made = (value as { toJSON(key: string): unknown }).toJSON(key);
    if (made === null) assertNoLostDate(value, key === '' ? 'the payload' : `'${key}'`);
    return made;
  }
  return value;
}

/**
 * Adds the user's headers to encoded fields.
 * @throws EncodeError for a header name or value that cannot be one
 */
export function appendHeaders(fields: string[], headers: Readonly<Record<string, string>>): string[] {
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string') {
      throw new EncodeError(
        `Header '${name}' must be a string, got ${typeof value}. Convert it with String() or JSON.`,
      );
    }
    fields.push(headerField(name), value);
  }
  return fields;
}

/**
 * The payload and headers of an entry, whichever codec or language wrote it. Of a repeated field the last one wins; a
 * foreign entry becomes an object of strings.
 * @throws DecodeError when a field that claims to be JSON is not
 */
export function decodeEntry(fields: readonly string[]): DecodedEntry {
  const payload: Record<string, unknown> = {};
  let headers: Record<string, string> | undefined;
  let reserved: Record<string, string> | undefined;
  let jsonKeys: string | undefined;
  let whole: string | undefined;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i]!;
    const value = fields[i + 1]!;
    if (!name.startsWith(HEADER_PREFIX)) {
      setOwn(payload, name, value);
    } else if (name === PAYLOAD_HEADER) {
      whole = value;
    } else if (name.startsWith(JSON_FIELDS_HEADER)) {
      jsonKeys = name.slice(JSON_FIELDS_HEADER.length);
    } else if (name.startsWith(RESERVED_PREFIX)) {
      setOwn((reserved ??= {}), name.slice(RESERVED_PREFIX.length), value);
    } else {
      setOwn((headers ??= {}), name.slice(HEADER_PREFIX.length), value);
    }
  }
  if (whole !== undefined) return { payload: parse(whole, PAYLOAD_HEADER), headers: headers ?? NO_HEADERS, reserved };
  // The bare header stands for {}, or for the one JSON field whose key is the empty string.
  if (jsonKeys || (jsonKeys === '' && Object.hasOwn(payload, ''))) parseJsonFields(payload, jsonKeys);
  return { payload, headers: headers ?? NO_HEADERS, reserved };
}

/** Of an entry whose payload may not be decodable. */
export function decodeHeaders(fields: readonly string[]): Readonly<Record<string, string>> {
  const headers: string[] = [];
  for (let i = 0; i < fields.length; i += 2) {
    if (isHeaderField(fields[i]!)) headers.push(fields[i]!, fields[i + 1]!);
  }
  return decodeEntry(headers).headers;
}

function parseJsonFields(payload: Record<string, unknown>, jsonKeys: string): void {
  for (const encoded of jsonKeys.split(',')) {
    const key = decodeKey(encoded);
    if (!Object.hasOwn(payload, key)) {
      throw new DecodeError(
        `The header ${JSON_FIELDS_HEADER} names the field '${key}', which the entry does not have.`,
      );
    }
    setOwn(payload, key, parse(payload[key] as string, key));
  }
}

function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (cause) {
    throw new DecodeError(`The header ${JSON_FIELDS_HEADER} has a key that is not URI-encoded.`, { cause });
  }
}

function parse(text: string, field: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text, and payloads have no place in logs.
    throw new DecodeError(`The field '${field}' should hold JSON, and does not (${text.length} characters).`);
  }
}

/** An assignment to `__proto__` would change the prototype; defined, it is a harmless own property. */
function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    target[key] = value;
  }
}
