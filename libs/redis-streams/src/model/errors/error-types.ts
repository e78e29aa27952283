const MOST_TYPES = 50;
/** As OpenTelemetry calls what has no name of its own. */
const OTHER = '_OTHER';

/** The names of errors, for metrics and traces: out of a set that does not grow for ever, whatever users throw. */
export class ErrorTypes {
  private readonly known = new Set<string>();

  of(error: unknown): string {
    const name = nameOf(error);
    if (this.known.has(name)) return name;
    if (this.known.size >= MOST_TYPES || !/^\w{1,64}$/.test(name)) return OTHER;
    this.known.add(name);
    return name;
  }
}

/** A user's error may have a getter that throws, or a name that is no text. */
function nameOf(error: unknown): string {
  try {
    return error instanceof Error && typeof error.name === 'string' ? error.name : OTHER;
  } catch {
    return OTHER;
  }
}
