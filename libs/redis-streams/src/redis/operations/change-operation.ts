import {
  OPERATION_LEASE_MS,
  type OperationHold,
  type StepOutcome,
  type StoredOperation,
} from '../../model/ports/admin/operations.js';
import type { OperationState } from '../../model/operations/operation.js';
import type { OperationKeys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import type { RunScript } from '../lua/run-script.js';
import { type Script, script } from '../lua/script.js';
import { OPERATION_RECORD, readOperation } from './operation-record.js';
import { RIVAL_OF } from './start-operation.js';

const { kind, state, why, startedAt, endedAt, holder, heardAt, waitsFor, isOnly } = OPERATION_RECORD;
const { done, diedAgain, doneBefore, diedBefore } = OPERATION_RECORD;
const KEPT_MS = 7 * 24 * 3_600_000;

/**
 * What the scripts begin with.
 *
 * KEYS 1 index, 2 active, 3 record
 * ARGV 1 id
 */
const ONE = `
local index, active, record, id = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
${SERVER_NOW}
local at = string.format('%.0f', now)
local function isRunning() return redis.call('HGET', record, '${state}') == 'running' end
local function isHeldBy(who) return isRunning() and redis.call('HGET', record, '${holder}') == who end
-- Adds nothing, so that a full memory lets it pass, and what follows.
local function begin() redis.call('HDEL', record, '') end
local function ends(state, why)
  begin()
  redis.call('HSET', record, '${state}', state, '${why}', why, '${endedAt}', at, '${holder}', '', '${waitsFor}', '')
  redis.call('PEXPIRE', record, ${KEPT_MS})
  redis.call('HDEL', active, id)
  if redis.call('EXISTS', active) == 0 then redis.call('PEXPIRE', index, ${KEPT_MS}) end
end
`;

/**
 * One whose record was deleted goes on no more, and is forgotten.
 *
 * ARGV 2 holder. Returns the record, names and values in turn; an empty list where it has ended or another holds it.
 */
const holdScript = script(`${ONE}
local known = redis.call('HMGET', record, '${state}', '${holder}', '${heardAt}')
if not known[1] then redis.call('HDEL', active, id) end
if known[1] ~= 'running' then return {} end
-- A clock that was set back must not keep it with a dead process for as long: who is alive is fenced by its holder's name.
local isSilent = math.abs(now - (known[3] or 0)) > ${OPERATION_LEASE_MS}
local isFree = (known[2] or '') == '' or known[2] == ARGV[2] or isSilent
if not isFree then return {} end
begin()
redis.call('HSET', record, '${holder}', ARGV[2], '${heardAt}', at)
return redis.call('HGETALL', record)
`);

/** ARGV 2 holder, 3 what it waits for, or ''. Returns 1 where it is still held. */
const beatScript = script(`${ONE}
if not isHeldBy(ARGV[2]) then return 0 end
begin()
redis.call('HSET', record, '${heardAt}', at, '${waitsFor}', ARGV[3])
return 1
`);

/** ARGV 2 holder. Returns 1 where it was held. */
const releaseScript = script(`${ONE}
if not isHeldBy(ARGV[2]) then return 0 end
redis.call('HDEL', record, '${holder}', '${waitsFor}')
return 1
`);

/** ARGV 2 holder, 3 state, 4 why. Returns 1 where it was held. */
const endScript = script(`${ONE}
if not isHeldBy(ARGV[2]) then return 0 end
ends(ARGV[3], ARGV[4])
return 1
`);

/** ARGV 2 why. Returns the record as it is afterwards. */
const cancelScript = script(`${ONE}
if isRunning() then ends('cancelled', ARGV[2]) end
return redis.call('HGETALL', record)
`);

/** ARGV 2 how records begin. Returns { id, record } of this one, or of the one that keeps it from going on; an empty list where it is gone. */
const resumeScript = script(`${ONE}
local records = ARGV[2]
${RIVAL_OF}
local kind, only = unpack(redis.call('HMGET', record, '${kind}', '${isOnly}'))
if not kind then return {} end
if not isRunning() then
  local rival = only == '1' and rivalOf(kind)
  if rival then return { rival, redis.call('HGETALL', records .. rival) } end
  begin()
  redis.call('HDEL', record, '${why}', '${endedAt}', '${holder}')
  local counts = redis.call('HMGET', record, '${done}', '${diedAgain}')
  redis.call('HSET', record, '${state}', 'running', '${doneBefore}', counts[1] or '0', '${diedBefore}', counts[2] or '0')
  redis.call('PERSIST', record)
  redis.call('HSET', active, id, only == '1' and kind or '')
  redis.call('ZADD', index, redis.call('HGET', record, '${startedAt}'), id)
  redis.call('PERSIST', index)
end
return { id, redis.call('HGETALL', record) }
`);

/** Changes single operations. */
export class OperationChanges {
  constructor(
    private readonly run: RunScript,
    private readonly keysOf: (stream: string) => OperationKeys,
  ) {}

  async hold({ stream, operationId: id, holder: who }: OperationHold): Promise<StoredOperation | undefined> {
    return readOperation(id, await this.change<string[]>(holdScript, stream, [id, who]));
  }

  async beat({ stream, operationId: id, holder: who }: OperationHold, what: string): Promise<StepOutcome> {
    return outcome(await this.change(beatScript, stream, [id, who, what]));
  }

  async release({ stream, operationId: id, holder: who }: OperationHold): Promise<StepOutcome> {
    return outcome(await this.change(releaseScript, stream, [id, who]));
  }

  async end(hold: OperationHold, as: OperationState, because: string): Promise<StepOutcome> {
    const { stream, operationId: id, holder: who } = hold;
    return outcome(await this.change(endScript, stream, [id, who, as, because]));
  }

  async cancel(stream: string, id: string, because: string): Promise<StoredOperation | undefined> {
    return readOperation(id, await this.change<string[]>(cancelScript, stream, [id, because]));
  }

  async resume(stream: string, id: string): Promise<StoredOperation | undefined> {
    const args = [id, this.keysOf(stream).records];
    const [found, flat = []] = await this.change<[string?, string[]?]>(resumeScript, stream, args);
    return found === undefined ? undefined : readOperation(found, flat);
  }

  private change<Reply>(change: Script, stream: string, [id, ...more]: readonly string[]): Promise<Reply> {
    const { index, active, records } = this.keysOf(stream);
    return this.run<Reply>(change, [index, active, records + id!], [id!, ...more]);
  }
}

/** @param wasDone what a script returned */
export function outcome(wasDone: unknown): StepOutcome {
  return wasDone === 1 ? 'done' : 'lost';
}
