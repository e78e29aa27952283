import type { StoredOperation } from '../../model/ports/admin/operations.js';
import type { RevivalTerms } from '../../model/ports/admin/revival.js';

/** What every spec may have beside what its operation is to do. */
interface WithCarried {
  /** Headers that go with each task that is given another life. */
  readonly carried?: Readonly<Record<string, string>>;
}

/** A spec as it is kept. @param carried headers that go with each task that is given another life */
export function storedSpec(spec: object, carried: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.keys(carried).length > 0 ? { ...spec, carried } : spec);
}

/** What an operation is to do, as people see it. */
export function selectionOf(spec: string): Record<string, unknown> {
  const selection = JSON.parse(spec) as Record<string, unknown>;
  delete selection.carried;
  return selection;
}

/** What the new life of an operation's tasks begins with. */
export function termsOf({ id, by, spec }: StoredOperation): RevivalTerms & { readonly operation: string } {
  const { carried } = JSON.parse(spec) as WithCarried;
  return { by: by || undefined, operation: id, headers: carried };
}
