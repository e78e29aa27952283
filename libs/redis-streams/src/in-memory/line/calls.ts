import type { Member } from '../../model/ports/broker.js';
import type { Group } from '../../model/ports/group.js';
import type { Reader } from '../../model/ports/reader.js';

type GroupCalls = { readonly [Name in Exclude<keyof Group, 'marksKey' | 'forget'>]: Parameters<Group[Name]> };

/** Every call that a broker takes, by its name, with its arguments. */
export interface CallArguments extends GroupCalls {
  readonly answers: [];
  readonly connect: [];
  readonly read: Parameters<Reader['read']>;
  readonly wake: [];
  readonly disconnect: [];
  /** `leave` of a reader: the group has one, too. */
  readonly leaveServer: Parameters<Reader['leave']>;
  readonly close: [];
}

export type CallName = keyof CallArguments;

export interface Call<Name extends CallName = CallName> {
  readonly name: Name;
  readonly args: CallArguments[Name];
  /** Who made it; undefined for `answers`. */
  readonly member: Member | undefined;
  /** When it came, on performance.now's clock. */
  readonly at: number;
}

/** Remembers all calls, in their order. */
export class Calls {
  private readonly all: Call[] = [];
  private readonly waiting = new Map<CallName, ((call: Call) => void)[]>();

  add<Name extends CallName>(name: Name, args: CallArguments[Name], member?: Member): void {
    const call: Call = { name, args: copied(args), member, at: performance.now() };
    this.all.push(call);
    const waiting = this.waiting.get(name) ?? [];
    this.waiting.delete(name);
    for (const tell of waiting) tell(call);
  }

  of<Name extends CallName>(name: Name): readonly Call<Name>[] {
    return this.all.filter((call): call is Call<Name> => call.name === name);
  }

  /** Resolves with the next call of that name. */
  next<Name extends CallName>(name: Name): Promise<Call<Name>> {
    return new Promise((resolve) => {
      this.waiting.set(name, [...(this.waiting.get(name) ?? []), resolve as (call: Call) => void]);
    });
  }
}

/** Lists within an argument may be changed by the caller once it has its answer. */
function copied<Args extends readonly unknown[]>(args: Args): Args {
  return args.map((arg) => (isRecord(arg) ? mapped(arg) : Array.isArray(arg) ? [...arg] : arg)) as unknown as Args;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function mapped(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, Array.isArray(value) ? [...value] : value]),
  );
}
