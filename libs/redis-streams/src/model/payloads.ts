/**
 * The streams of your application and what each carries, for `add`, handlers, stats and history. Add yours by declaration
 * merging; as soon as there is one, the compiler refuses every other name that is written out, a misspelt one above all.
 * A name that is only known at run time (of the type `string`) passes unchecked; the option `streams` looks at those.
 *
 * @example
 * declare module 'nestjs-redis-streams' {
 *   interface StreamPayloads {
 *     'ai:inference:queue': { prompt: string; model: string };
 *     [tenant: `tenant:${string}`]: { document: string }; // a family of streams
 *     [others: string]: unknown; // only to stay open: every other name is allowed then
 *   }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- users fill it
export interface StreamPayloads {}

/** The payload of a stream: what `StreamPayloads` says, else anything. */
export type PayloadOf<S extends string> = S extends keyof StreamPayloads ? StreamPayloads[S] : unknown;

type DeclaredName = Extract<keyof StreamPayloads, string>;

/** The names in `StreamPayloads`, or any string while that is empty. */
export type StreamName = [DeclaredName] extends [never] ? string : { [S in DeclaredName]: S }[DeclaredName];

/**
 * What a method takes for a name of the type S: S, if it is a `StreamName` or known at run time only; else the names that
 * there are, so that the compiler's message lists them. Not distributive, so that a generic S of a caller's own passes.
 */
export type KnownStream<S extends string> = [S] extends [StreamName] ? S : string extends S ? S : StreamName;

/** Known names for an editor's completion, and any other string for `KnownStream` to judge. */
// oxlint-disable-next-line typescript/no-redundant-type-constituents, typescript/ban-types -- users fill the first part; the second keeps the literals visible to editors
export type AnyStream = StreamName | (string & {});
