import { LeaseLostError, RedisStreamsConfigError, UnrecoverableError } from '../../model/errors/errors.js';
import type { RunOutput } from '../../model/ports/output.js';
import { goesOnToBeRefused } from '../../model/ports/redis-failure.js';
import { RetryDelay } from '../../timing/retry-delay.js';
import { toJson } from '../../wire/json/json-value.js';
import type { Run } from '../state/deliveries/delivery.js';

const MOST_NAME_CHARACTERS = 128;
const MOST_BYTES = 65_536;
/** Until then a lost group is restored, and the next renewal has told who else has the entry, in milliseconds. */
const REFUSED_FOR_MS = 10_000;

/** What a run does once for its task, however often that is delivered. */
export class Once {
  constructor(private readonly kept: Pick<RunOutput, 'readOnce' | 'keepOnce'>) {}

  /** As `StreamContext.once` says. */
  async do(run: Run, name: string, action: (key: string) => unknown): Promise<unknown> {
    begin(run, name);
    try {
      const known = await this.whileHeld(run, () => this.kept.readOnce({ entryId: run.entryId, name }));
      if (known !== undefined) return valueOf(known);
      const value = encode(await action(keyOf(run, name)), name);
      await this.keep(run, name, value);
      return valueOf(value);
    } catch (error) {
      run.onceNames.delete(name);
      throw error;
    }
  }

  private async keep(run: Run, name: string, value: string): Promise<void> {
    const giveUpAt = performance.now() + REFUSED_FOR_MS;
    const pause = new RetryDelay();
    const { entryId } = run;
    // What is refused though the lease is not known to be lost may be the entry's again, as when a lost group is restored.
    while (
      !(await this.whileHeld(run, () => this.kept.keepOnce({ entryId, deliveryCount: run.deliveryCount, name, value })))
    ) {
      if (performance.now() >= giveUpAt) throw lost(run, name);
      await pause.wait();
    }
  }

  /** While Redis is away it is asked again: what follows must not be done without knowing. */
  private async whileHeld<Reply>(run: Run, ask: () => Promise<Reply>): Promise<Reply> {
    const pause = new RetryDelay();
    for (;;) {
      if (!run.lease) throw lost(run, 'it');
      try {
        return await ask();
      } catch (error) {
        if (goesOnToBeRefused(error)) throw error;
      }
      await pause.wait();
    }
  }
}

function begin(run: Run, name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '' || name.length > MOST_NAME_CHARACTERS || !name.isWellFormed()) {
    throw new RedisStreamsConfigError(`once: a name is a string of 1 to ${MOST_NAME_CHARACTERS} characters.`);
  }
  if (run.hasEnded) {
    throw new UnrecoverableError(`once('${name}'): the handler has ended. Await all that it does before it returns.`);
  }
  if (run.onceNames.has(name)) {
    throw new UnrecoverableError(
      `once('${name}') was called before in this run: give each thing that is done once a name of its own.`,
    );
  }
  run.onceNames.add(name);
}

function keyOf({ stream, group, taskId }: Run, name: string): string {
  return `${stream}:${group}:${taskId}:${name}`;
}

function encode(value: unknown, name: string): string {
  if (value === undefined) return '';
  const json = jsonOf(value, name);
  const bytes = Buffer.byteLength(json);
  if (bytes <= MOST_BYTES) return json;
  throw new UnrecoverableError(
    `once('${name}') has brought ${bytes} bytes of JSON, and at most ${MOST_BYTES} are kept. Return a reference to it.`,
  );
}

/** It would bring the like again, and has been done. */
function jsonOf(value: unknown, name: string): string {
  try {
    return toJson(value, `what once('${name}') has brought`);
  } catch (error) {
    throw new UnrecoverableError((error as Error).message, { cause: error });
  }
}

function valueOf(kept: string): unknown {
  return kept === '' ? undefined : JSON.parse(kept);
}

function lost({ entryId }: Run, name: string): LeaseLostError {
  return new LeaseLostError(
    `once: another worker has the task ${entryId} by now, so that ${name} is neither read nor kept here.`,
  );
}
