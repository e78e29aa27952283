import { types } from 'node:util';

/**
 * What is lost when JSON.stringify turns this object into text, as the rest of a sentence that begins with its place; undefined
 * where nothing is. Fields are all that JSON sees: a Map, an Error or an instance with private state becomes `{}`.
 * @param value no toJSON, which has had its say before
 */
export function lossOf(value: object): string | undefined {
  if (isPlain(value)) return undefined;
  if (types.isMap(value)) return 'is a Map: use Object.fromEntries(map) or [...map]';
  if (types.isSet(value)) return 'is a Set: use [...set]';
  if (types.isNativeError(value)) return 'is an Error: use its message';
  if (types.isPromise(value)) return 'is a Promise: await it';
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return 'is binary: use base64 text or Array.from(…)';
  if (types.isNumberObject(value)) return Number.isFinite(value.valueOf()) ? undefined : `is ${value.valueOf()}`;
  if (types.isBoxedPrimitive(value)) return undefined;
  if (Object.keys(value).length > 0) return undefined;
  return `is an instance of ${value.constructor?.name || 'a class'} without fields or toJSON, which JSON makes {}`;
}

/** Also of another realm, such as a test runner's. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === null || Object.getPrototypeOf(prototype) === null || Array.isArray(value);
}
