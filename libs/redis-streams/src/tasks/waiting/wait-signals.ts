/** Waits by the signal that ends them: one listener for each signal, however many waits it has. */
export class WaitSignals<Wait extends { readonly signal: AbortSignal | undefined }> {
  private readonly bySignal = new Map<AbortSignal, { readonly waits: Set<Wait>; readonly listener: () => void }>();

  /** @param onAbort is told of each wait that a signal ends */
  constructor(private readonly onAbort: (wait: Wait) => void) {}

  add(wait: Wait): void {
    const { signal } = wait;
    if (!signal) return;
    let known = this.bySignal.get(signal);
    if (!known) {
      known = { waits: new Set(), listener: () => this.abort(signal) };
      this.bySignal.set(signal, known);
      signal.addEventListener('abort', known.listener);
    }
    known.waits.add(wait);
  }

  delete(wait: Wait): void {
    const known = wait.signal && this.bySignal.get(wait.signal);
    if (!known?.waits.delete(wait) || known.waits.size > 0) return;
    wait.signal!.removeEventListener('abort', known.listener);
    this.bySignal.delete(wait.signal!);
  }

  private abort(signal: AbortSignal): void {
    for (const wait of [...(this.bySignal.get(signal)?.waits ?? [])]) this.onAbort(wait);
  }
}
