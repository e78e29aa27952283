import type { Forward, ForwardEncoder, ForwardSource } from '../../../model/forward.js';
import { UnrecoverableError } from '../../../model/errors/errors.js';

const MOST_FORWARDS = 100;
/** Of all forwards of a run, in characters: they go with one script, and Redis does nothing else meanwhile. */
const MOST_CHARACTERS = 16_777_216;

/** What one run has forwarded so far. It is added when the run has ended well. */
export class RunForwards {
  readonly list: Forward[] = [];
  private characters = 0;

  constructor(private readonly encoder: ForwardEncoder) {}

  /** @throws what `ForwardEncoder.encode` does, and UnrecoverableError where it is too much */
  add(source: ForwardSource, stream: string, payload: unknown, options: object | undefined): void {
    const index = this.list.length;
    if (index >= MOST_FORWARDS) {
      throw new UnrecoverableError(
        `A run may forward ${MOST_FORWARDS} tasks at most. Forward a task that adds them in parts, or fewer tasks with more in each.`,
      );
    }
    const forward = this.encoder.encode(source, { stream, payload, options, index });
    for (const field of forward.fields) this.characters += field.length;
    if (this.characters > MOST_CHARACTERS) {
      throw new UnrecoverableError(
        `What a run forwards may have ${MOST_CHARACTERS} characters at most, all of it together. Store the large part elsewhere and forward a reference to it.`,
      );
    }
    this.list.push(forward);
  }
}
