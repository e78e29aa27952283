import type { Doorbell, DoorbellListener, Ring } from '../../model/ports/tasks/doorbell.js';
import type { KnownEntries } from './known-entries.js';

/** Rings for a task by its own id, too, where only its entry is rung for. */
export class AnyIdDoorbell implements Doorbell {
  constructor(
    private readonly doorbell: Doorbell,
    private readonly known: KnownEntries,
  ) {}

  get address(): string {
    return this.doorbell.address;
  }

  get hears(): boolean {
    return this.doorbell.hears;
  }

  open(streams?: readonly string[]): Promise<void> {
    return this.doorbell.open(streams);
  }

  listen(listener: DoorbellListener): () => void {
    const ring = (rung: Ring) => {
      listener.ring?.(rung);
      const ownId = this.known.ownIdOf(rung.stream, rung.id);
      if (ownId !== undefined) listener.ring?.({ ...rung, id: ownId });
    };
    const delayed = (stream: string, inMs: number) => listener.delayed?.(stream, inMs);
    return this.doorbell.listen({ ring, delayed, hears: () => listener.hears?.() });
  }
}
