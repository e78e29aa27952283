/** What around the handler raised an error. */
export type ErrorOrigin = 'pipe' | 'guard';

/** Remembers which errors came from pipes and guards: Nest passes them on as if the handler had thrown them. */
export class ErrorOrigins {
  private readonly origins = new WeakMap<object, ErrorOrigin>();

  note(error: unknown, origin: ErrorOrigin): void {
    if (typeof error === 'object' && error !== null) this.origins.set(error, origin);
  }

  of(error: unknown): ErrorOrigin | undefined {
    return typeof error === 'object' && error !== null ? this.origins.get(error) : undefined;
  }
}
