import type { DeadLetterStore, LetterHeads, LetterRange, RawLetters } from '../../model/ports/admin/dead-letters.js';
import type { OperationHold, OperationStep, StepOutcome } from '../../model/ports/admin/operations.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { stepKey } from '../lua/operations/step.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { FEW_ENTRIES } from './few-entries.js';
import { diedAgain } from './died-again.js';
import { letterHeads } from './letter-heads.js';
import { purgeLetters } from './purge-letters.js';

/** KEYS 1 dead. Returns the newest letter's id, or false. */
const newestScript = script(`
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
return newest and newest[1] or false
`);

/**
 * KEYS 1 dead
 * ARGV 1 from, 2 to, 3 count
 * Returns { letters, 1 where there may be more }.
 */
const lettersScript = script(`
${FEW_ENTRIES}
local letters, isCut = fewEntries(KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[3]))
return { letters, isCut and 1 or 0 }
`);

/** KEYS 1 dead, for the server that has it. Returns server time. */
const nowScript = script(`
${SERVER_NOW}
return now
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

  async letters(stream: string, { from, to, count }: LetterRange): Promise<RawLetters> {
    type Reply = [letters: [id: string, fields: string[]][], isCut: number];
    const [found, isCut] = await this.run<Reply>(lettersScript, [this.keys.dead(stream)], [from, to, count]);
    return { letters: found.map(([id, fields]) => ({ id, fields })), isCut: isCut === 1 };
  }

  async newest(stream: string): Promise<string | undefined> {
    return (await this.run<string | null>(newestScript, [this.keys.dead(stream)], [])) ?? undefined;
  }

  now(stream: string): Promise<number> {
    return this.run<number>(nowScript, [this.keys.dead(stream)], []);
  }

  purge(step: OperationStep, ids: readonly string[]): Promise<StepOutcome> {
    return purgeLetters(this.run, [stepKey(this.keys, step), this.keys.dead(step.stream)], step, ids);
  }

  diedAgain(hold: OperationHold): Promise<{ diedAgain: number; done: number }> {
    return diedAgain(this.run, [stepKey(this.keys, hold), this.keys.dead(hold.stream)], hold);
  }
}
