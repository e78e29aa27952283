import type { EngineEvents } from '../events.js';

export type LoopPhase = 'starting' | 'running' | 'healing' | 'stopped';

/** What a loop is doing and since when. Tells each change once, however often the same failures repeat, in whichever order. */
export class LoopState {
  phase: LoopPhase = 'starting';
  /** Why it heals. */
  reason: string | undefined;
  sinceMs = Date.now();
  /** By when a read should have completed or begun, on performance.now's clock; undefined before the first. */
  readDueAt: number | undefined;
  /** How often something failed. */
  failures = 0;
  /** What this interruption was reported with. */
  private readonly told = new Set<string>();

  constructor(private readonly events: EngineEvents) {}

  /** Connected and set up: the first read is about to begin. */
  connected(): void {
    if (this.phase === 'starting') this.read();
  }

  /** A read has begun that ends by itself within so many milliseconds. */
  reading(blockMs: number): void {
    this.readDueAt = performance.now() + blockMs;
  }

  /** A slot is free again: while all were busy nobody expected a read. */
  canReadAgain(): void {
    this.readDueAt = performance.now();
  }

  read(): void {
    this.readDueAt = performance.now();
    if (this.phase === 'running') return;
    if (this.phase === 'healing') this.events.emit({ type: 'loopResumed', afterMs: Date.now() - this.sinceMs });
    this.change('running', undefined);
  }

  failed(reason: string): void {
    if (this.phase === 'stopped') return;
    this.failures++;
    if (this.phase !== 'healing') {
      this.events.emit({ type: 'loopInterrupted', reason });
      this.change('healing', reason);
    } else if (!this.told.has(reason)) {
      this.events.emit({ type: 'loopStillInterrupted', reason });
    }
    this.reason = reason;
    this.told.add(reason);
  }

  stopped(): void {
    this.change('stopped', undefined);
  }

  private change(phase: LoopPhase, reason: string | undefined): void {
    this.phase = phase;
    this.reason = reason;
    this.told.clear();
    this.sinceMs = Date.now();
  }
}
