import { InvalidArgumentError } from 'commander';

/** `name=value`, gathered. */
export function parsePair(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It is a name and a value, such as user=ada.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}
