import { assertKnownKeys, fail, type Instead, plainObject } from './option-checks.js';

/**
 * One option: how its value comes from what was given, and what people are told of it. `Given` is what a user may write,
 * `Value` is what the library works with.
 */
export interface Option<Given, Value> {
  /**
   * @param given undefined where the option was left out
   * @param where how messages name it
   * @throws RedisStreamsConfigError where it is wrong
   */
  readonly read: (given: Given | undefined, where: string) => Value;
  /** As the documentation writes it; missing where the options inside have theirs. */
  readonly byDefault?: string;
  /** As the documentation writes it; missing where the type says it all. */
  readonly allowed?: string;
  /** The options inside. */
  readonly inside?: OptionTable;
}

/** The options of one level by their names, in the order in which they are checked and told. */
export type OptionTable = Readonly<Record<string, Option<never, unknown>>>;

/** What the table of such options looks like: `satisfies TableOf<…>` fails where table and interface differ. */
export type TableOf<Options> = { readonly [K in keyof Options]-?: Option<NonNullable<Options[K]>, unknown> };

/** What a user may write for the options of a table. */
export type GivenFor<Table extends OptionTable> = {
  readonly [K in keyof Table]?: Parameters<Table[K]['read']>[0];
};

/** What comes of it. */
export type ValuesOf<Table extends OptionTable> = { readonly [K in keyof Table]: ReturnType<Table[K]['read']> };

/**
 * Reads the options of one level, those left out, too.
 * @param prefix what their names stand behind in messages
 * @throws RedisStreamsConfigError for the first wrong one
 */
export function readOptions<Table extends OptionTable>(table: Table, given: object, prefix: string): ValuesOf<Table> {
  const values: Record<string, unknown> = {};
  for (const name of Object.keys(table)) {
    values[name] = table[name]!.read((given as Record<string, never>)[name], prefix + name);
  }
  return values as ValuesOf<Table>;
}

/** An option that is an object of options; leaving it out leaves out all of them. */
export function nested<Table extends OptionTable>(
  table: Table,
  { instead, byDefault }: { readonly instead?: Instead; readonly byDefault?: string } = {},
): Option<GivenFor<Table>, ValuesOf<Table>> {
  return {
    byDefault,
    inside: table,
    read: (given: unknown, where) => {
      const options = plainObject(given, where);
      assertKnownKeys(options, Object.keys(table), where, instead);
      return readOptions(table, options, `${where}.`);
    },
  };
}

/** One that can be switched off. `example` is what to write instead of `true`. */
export function falseOr<Given extends object, Value>(
  option: Option<Given, Value>,
  example: string,
): Option<false | Given, Value | undefined> {
  return {
    ...option,
    read: (given, where) => {
      if (given === false) return undefined;
      if ((given as unknown) === true) fail(where, `false, or an object such as ${example}`, given);
      return option.read(given, where);
    },
  };
}
