/**
 * Control characters, which a terminal would obey, and those that turn the direction of text around: whoever may add tasks could write
 * into the terminal of whoever looks at them.
 */
// oxlint-disable-next-line eslint/no-control-regex -- these are meant
const DANGEROUS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': String.raw`\n`, '\r': String.raw`\r`, '\t': String.raw`\t` };

/** Text of any origin, in one line, as a terminal may have it. */
export function printable(text: string): string {
  return text.replaceAll(DANGEROUS, (char) => SHORT[char] ?? escaped(char));
}

/** The same of JSON, which it stays. */
export function printableJson(json: string): string {
  return json.replaceAll(DANGEROUS, escaped);
}

function escaped(char: string): string {
  return String.raw`\u` + char.charCodeAt(0).toString(16).padStart(4, '0');
}

/** At most so many characters, the last one an ellipsis where some are missing. */
export function shortened(text: string, most: number): string {
  const characters = Array.from(text.slice(0, most * 2 + 2));
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join('')}…`;
}
