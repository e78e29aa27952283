import type { RedisFailure } from '../../model/ports/redis-failure.js';
import { failure } from '../failures.js';

/** The connection of this process to the server: there, or not. */
export class Link {
  private isThere = true;
  private reason: RedisFailure | undefined;
  private readonly readyListeners = new Set<() => void>();
  private readonly brokenListeners = new Set<(failure: RedisFailure) => void>();
  private waiting: (() => void)[] = [];

  get isUp(): boolean {
    return this.isThere;
  }

  get trouble(): RedisFailure | undefined {
    return this.reason;
  }

  goDown(reason = failure({ kind: 'disconnected', message: 'connect ECONNREFUSED' })): void {
    this.isThere = false;
    this.reason = reason;
    this.breakReaders(reason);
  }

  comeUp(): void {
    if (this.isThere) return;
    this.isThere = true;
    this.reason = undefined;
    for (const goOn of this.waiting.splice(0)) goOn();
    for (const listener of this.readyListeners) listener();
  }

  /** Only the connections that read break; they can be opened again at once. */
  breakReaders(reason = failure({ kind: 'disconnected' })): void {
    for (const listener of [...this.brokenListeners]) listener(reason);
  }

  /** Resolves when it is there. */
  async up(): Promise<void> {
    if (!this.isThere) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  onReady(listener: () => void): () => void {
    this.readyListeners.add(listener);
    return () => this.readyListeners.delete(listener);
  }

  onBroken(listener: (reason: RedisFailure) => void): () => void {
    this.brokenListeners.add(listener);
    return () => this.brokenListeners.delete(listener);
  }
}
