import { readFileSync } from 'node:fs';
import ts from 'typescript';
import type { Option, OptionTable } from '../../libs/redis-streams/src/options/checks/option.js';
import { HANDLER_OPTIONS } from '../../libs/redis-streams/src/options/tables/handler-options.js';
import { moduleOptions } from '../../libs/redis-streams/src/options/tables/module-options.js';
import { METRICS_OPTIONS } from '../../libs/redis-streams/src/metrics/metrics-options.js';
import { ADD_OPTIONS } from '../../libs/redis-streams/src/tasks/adding/add-options.js';

/** The tables of docs/options.md: defaults and ranges from the library's tables, the rest from the interfaces' docstrings. */

const SOURCES = [
  'options/options.ts',
  'model/policy/backoff.ts',
  'tasks/adding/add-options.ts',
  'tasks/adding/add-key.ts',
  'metrics/metrics-options.ts',
];

const LEVELS: readonly [interfaceName: string, table: OptionTable, page?: string][] = [
  ['RedisStreamsOptions', moduleOptions({})],
  ['StreamHandlerOptions', HANDLER_OPTIONS],
  ['AddOptions', ADD_OPTIONS],
  ['RedisStreamsMetricsOptions', METRICS_OPTIONS, 'metrics'],
];

interface DocumentedOption {
  /** With the names of those around it, as in `retry.maxDeliveries`. */
  readonly name: string;
  readonly option: Option<never, unknown>;
  /** In one line; empty where there is none. */
  readonly docstring: string;
}

/** What is to be written into docstrings, so that they tell what the tables say. */
export function wrongDocstrings(): string[] {
  return LEVELS.flatMap(([interfaceName, table]) =>
    documented(interfaceName, table)
      .filter(({ option, docstring }) => docstring === '' || !docstring.includes(defaultSentence(option)))
      .map(({ name, option }) => `${interfaceName}: ${name}: write "${defaultSentence(option) || 'a docstring'}"`),
  );
}

/** The page with its tables as they should be: each stands between `<!-- options: NameOfInterface -->` and `<!-- end -->`. */
export function withTables(page: string, name = 'options'): string {
  return LEVELS.filter(([, , on = 'options']) => on === name).reduce((text, [interfaceName, table]) => {
    const begin = `<!-- options: ${interfaceName} -->\n`;
    const [before, after] = splitOnce(text, begin);
    const [, rest] = splitOnce(after, '<!-- end -->\n');
    const rows = documented(interfaceName, table).map(rowOf);
    // Prettier would widen every cell to the longest.
    const lines = [
      '<!-- prettier-ignore -->',
      '| option | default | allowed | what for |',
      '| --- | --- | --- | --- |',
      ...rows,
    ];
    return `${before}${begin}\n${lines.join('\n')}\n\n<!-- end -->\n${rest}`;
  }, page);
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  if (at < 0) throw new Error(`The page has no line ${separator.trim()}.`);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

function rowOf({ name, option, docstring }: DocumentedOption): string {
  const text = docstring
    .replace(defaultSentence(option), '')
    .replaceAll(/\bdocs\/([\w-]+)\.md\b/g, '[$1]($1.md)')
    .trim();
  const cells = [`\`${name}\``, option.byDefault ?? '', option.allowed ?? '', text];
  return `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
}

/** How a docstring tells what the table says. */
function defaultSentence({ byDefault, allowed }: Option<never, unknown>): string {
  if (byDefault === undefined) return '';
  return allowed === undefined ? `Default ${byDefault}.` : `Default ${byDefault}; ${allowed}.`;
}

function documented(interfaceName: string, table: OptionTable, prefix = ''): DocumentedOption[] {
  return Object.entries(table).flatMap(([key, option]) => {
    const name = `${prefix}${key}`;
    const { docstring = '', types = [] } = properties.get(`${interfaceName}.${key}`) ?? {};
    const itself = { name, option, docstring };
    if (!option.inside) return [itself];
    const [first] = Object.keys(option.inside);
    const type = types.find((one) => properties.has(`${one}.${first}`));
    if (!type)
      throw new Error(`No interface in the type of ${interfaceName}.${key} has '${first}': is its file in SOURCES?`);
    return [itself, ...documented(type, option.inside, `${name}.`)];
  });
}

interface Property {
  readonly docstring: string;
  /** The names in its type. */
  readonly types: readonly string[];
}

/** Those of all interfaces, as `Interface.property`. */
const properties = new Map<string, Property>(
  SOURCES.flatMap((path) => {
    const file = `libs/redis-streams/src/${path}`;
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
    return source.statements
      .filter(ts.isInterfaceDeclaration)
      .flatMap(({ name, members }) =>
        members
          .filter(ts.isPropertySignature)
          .map((member): [string, Property] => [
            `${name.text}.${member.name.getText()}`,
            { docstring: docstringOf(member), types: member.type?.getText().match(/\w+/g) ?? [] },
          ]),
      );
  }),
);

function docstringOf(node: ts.Node): string {
  const text = ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ');
  return text.replaceAll(/\s+/g, ' ').trim();
}
