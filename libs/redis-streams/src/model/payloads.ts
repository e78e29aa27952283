/**
 * Payload types by stream, for `add` and for handlers. Add yours by declaration merging:
 *
 * @example
 * declare module 'nestjs-redis-streams' {
 *   interface StreamPayloads {
 *     'ai:inference:queue': { prompt: string; model: string };
 *   }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- users fill it
export interface StreamPayloads {}

/** The payload of a stream: what `StreamPayloads` says, else anything. */
export type PayloadOf<S extends string> = S extends keyof StreamPayloads ? StreamPayloads[S] : unknown;

/** Known stream names for completion, and any other string. */
// oxlint-disable-next-line typescript/no-redundant-type-constituents, typescript/ban-types -- users fill the first part; the second keeps the literals visible to editors
export type StreamName = keyof StreamPayloads | (string & {});
