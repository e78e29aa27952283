import type {
  NewOperation,
  OperationHold,
  OperationStep,
  OperationStore,
  StepOutcome,
  StoredOperation,
} from '../../model/ports/admin/operations.js';
import type { OperationState } from '../../model/operations/operation.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { STEP, stepArguments, stepKey } from '../lua/operations/step.js';
import { OperationChanges, outcome } from './change-operation.js';
import { readOperation } from './operation-record.js';
import { startOperation } from './start-operation.js';

/** KEYS 1 record. Returns it: names and values in turn. */
const getScript = script(`return redis.call('HGETALL', KEYS[1])`);
/** KEYS 1 active. Returns the ids. */
const activeScript = script(`return redis.call('HKEYS', KEYS[1])`);

/**
 * Those whose record has gone by itself are forgotten.
 *
 * KEYS 1 index
 * ARGV 1 how records begin, 2 how many
 * Returns { id, record }...: the newest first.
 */
const listScript = script(`
local found = {}
for _, id in ipairs(redis.call('ZREVRANGE', KEYS[1], 0, -1)) do
  local record = redis.call('HGETALL', ARGV[1] .. id)
  if #record == 0 then redis.call('ZREM', KEYS[1], id) else found[#found + 1] = { id, record } end
  if #found == tonumber(ARGV[2]) then break end
end
return found
`);

/**
 * KEYS 1 record
 * ARGV 1 how many were acted on, then the step
 * Returns 1 where it was done.
 */
const advanceScript = script(`
local record = KEYS[1]
${SERVER_NOW}
${STEP}
stepAt(2)
if not mayStep() then return 0 end
stepped(tonumber(ARGV[1]))
return 1
`);

/** Keeps bulk actions in Redis: those of a stream in its own slot, until 7 days after their end. */
export class RedisOperationStore implements OperationStore {
  private readonly changes: OperationChanges;

  constructor(
    private readonly run: RunScript,
    private readonly keys: Keys,
  ) {
    this.changes = new OperationChanges(run, (stream) => keys.ofOperations(stream));
  }

  start(stream: string, operation: NewOperation): Promise<StoredOperation | undefined> {
    return startOperation(this.run, this.keys.ofOperations(stream), operation);
  }

  async get(stream: string, id: string): Promise<StoredOperation | undefined> {
    const { records } = this.keys.ofOperations(stream);
    return readOperation(id, await this.run<string[]>(getScript, [records + id], []));
  }

  async list(stream: string, limit: number): Promise<StoredOperation[]> {
    const { index, records } = this.keys.ofOperations(stream);
    const found = await this.run<[id: string, record: string[]][]>(listScript, [index], [records, limit]);
    return found.map(([id, record]) => readOperation(id, record)!);
  }

  active(stream: string): Promise<string[]> {
    return this.run<string[]>(activeScript, [this.keys.ofOperations(stream).active], []);
  }

  hold(hold: OperationHold): Promise<StoredOperation | undefined> {
    return this.changes.hold(hold);
  }

  beat(hold: OperationHold, waitsFor: string): Promise<StepOutcome> {
    return this.changes.beat(hold, waitsFor);
  }

  release(hold: OperationHold): Promise<StepOutcome> {
    return this.changes.release(hold);
  }

  end(hold: OperationHold, state: OperationState, why: string): Promise<StepOutcome> {
    return this.changes.end(hold, state, why);
  }

  cancel(stream: string, id: string, why: string): Promise<StoredOperation | undefined> {
    return this.changes.cancel(stream, id, why);
  }

  resume(stream: string, id: string): Promise<StoredOperation | undefined> {
    return this.changes.resume(stream, id);
  }

  async advance(step: OperationStep, acted = 0): Promise<StepOutcome> {
    return outcome(await this.run(advanceScript, [stepKey(this.keys, step)], [acted, ...stepArguments(step)]));
  }
}
