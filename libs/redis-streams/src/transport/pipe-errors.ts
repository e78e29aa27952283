/** Remembers which errors came from pipes: the payload is at fault, and a retry would meet the same refusal. */
export class PipeErrors {
  private readonly errors = new WeakSet<object>();

  add(error: unknown): void {
    if (typeof error === 'object' && error !== null) this.errors.add(error);
  }

  has(error: unknown): boolean {
    return typeof error === 'object' && error !== null && this.errors.has(error);
  }
}
