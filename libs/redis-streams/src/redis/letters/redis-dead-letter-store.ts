import type { DeadLetterStore, LetterHeads, LetterRange } from '../../model/ports/admin/dead-letters.js';
import type { OperationHold, OperationStep, StepOutcome } from '../../model/ports/admin/operations.js';
import type { Keys } from '../keys.js';
import { stepKey } from '../lua/operations/step.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { diedAgain } from './died-again.js';
import { letterHeads } from './letter-heads.js';
import { purgeLetters } from './purge-letters.js';

/** KEYS 1 dead. Returns the newest letter's id, or false. */
const newestScript = script(`
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return newest and newest[1] or false
`);

/** The dead letters of streams. Each method is a script of its own, whose file tells what it does, takes and answers. */
export class RedisDeadLetterStore implements DeadLetterStore {
  constructor(
    private readonly run: RunScript,
    private readonly keys: Keys,
  ) {}

  heads(stream: string, letters: LetterRange | readonly string[]): Promise<LetterHeads> {
    return letterHeads(this.run, this.keys.dead(stream), letters);
  }

  async newest(stream: string): Promise<string | undefined> {
    return (await this.run<string | null>(newestScript, [this.keys.dead(stream)], [])) ?? undefined;
  }

  purge(step: OperationStep, ids: readonly string[]): Promise<StepOutcome> {
    return purgeLetters(this.run, [stepKey(this.keys, step), this.keys.dead(step.stream)], step, ids);
  }

  diedAgain(hold: OperationHold): Promise<{ diedAgain: number; done: number }> {
    return diedAgain(this.run, [stepKey(this.keys, hold), this.keys.dead(hold.stream)], hold);
  }
}
