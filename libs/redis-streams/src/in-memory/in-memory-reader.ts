import type { RawEntry } from '../model/entry.js';
import type { Member } from '../model/ports/broker.js';
import type { Reader } from '../model/ports/reader.js';
import type { RedisFailure } from '../model/ports/redis-failure.js';
import { failureKindOf } from '../model/ports/redis-failure.js';
import { groupOf, type StoredMember } from './store/stored-member.js';
import { failure } from './failures.js';
import type { Line } from './line/line.js';

const CONNECT_WITHIN_MS = 5_000;
/** How much longer than it may block a read may take before its connection counts as dead. */
const OVERDUE_MS = 3_000;

/** A read or connect that is under way. */
interface Operation {
  isWoken: boolean;
  isGivenUp: boolean;
  /** Ends a read that blocks. */
  unblock: () => void;
  readonly giveUp: (reason: RedisFailure) => void;
}

/** Reads from memory. A reader that was told to leave its server drops its connection, as in a cluster; the next leads to the same one. */
export class InMemoryReader implements Reader {
  private isOpen = false;
  private isClosed = false;
  private operation: Operation | undefined;
  private readonly ignoreBreaks: () => void;

  constructor(
    private readonly line: Line,
    private readonly member: Member,
    private readonly stored: StoredMember,
  ) {
    this.ignoreBreaks = line.link.onBroken((reason) => this.abandon(reason));
  }

  get isConnected(): boolean {
    return this.isOpen;
  }

  async connect(): Promise<void> {
    this.line.calls.add('connect', [], this.member);
    this.isOpen = false;
    await this.begin('connect', CONNECT_WITHIN_MS, () => {
      if (this.isClosed) throw failure({ kind: 'disconnected', message: 'The reader is closed.' });
      this.isOpen = true;
    });
  }

  read(count: number, blockMs: number): Promise<readonly RawEntry[]> {
    this.line.calls.add('read', [count, blockMs], this.member);
    if (!this.isOpen) return Promise.reject(failure({ kind: 'disconnected', message: 'The reader is not connected.' }));
    return this.begin('read', blockMs + OVERDUE_MS, (operation) => this.deliver(count, blockMs, operation));
  }

  wake(): void {
    this.line.calls.add('wake', [], this.member);
    if (!this.operation) return;
    this.operation.isWoken = true;
    this.operation.unblock();
  }

  disconnect(): void {
    this.line.calls.add('disconnect', [], this.member);
    this.abandon(failure({ kind: 'disconnected', message: 'The reader was disconnected.' }));
  }

  leave(because: 'read-only' | 'elsewhere'): void {
    this.line.calls.add('leaveServer', [because], this.member);
    this.isOpen = false;
  }

  close(): void {
    this.line.calls.add('close', [], this.member);
    this.isClosed = true;
    this.abandon(failure({ kind: 'disconnected', message: 'The reader is closed.' }));
    this.ignoreBreaks();
  }

  private async begin<Reply>(
    name: 'connect' | 'read',
    withinMs: number,
    effect: (operation: Operation) => Reply | Promise<Reply>,
  ): Promise<Reply> {
    const { link } = this.line;
    // It does not wait for a connection: whoever reads opens another.
    if (!link.isUp) throw link.trouble ?? failure({ kind: 'disconnected' });
    let giveUp!: Operation['giveUp'];
    const givenUp = new Promise<never>((_, reject) => (giveUp = reject));
    const operation: Operation = { isWoken: false, isGivenUp: false, unblock: () => undefined, giveUp };
    this.operation = operation;
    // What was held until its connection was gone takes no effect any more.
    const unlessGivenUp = () => (operation.isGivenUp ? givenUp : effect(operation));
    try {
      return await Promise.race([this.line.pass(name, withinMs, unlessGivenUp), givenUp]);
    } catch (error) {
      if (failureKindOf(error) === 'disconnected') this.isOpen = false;
      throw error;
    } finally {
      if (this.operation === operation) this.operation = undefined;
    }
  }

  private deliver(
    count: number,
    blockMs: number,
    operation: Operation,
  ): readonly RawEntry[] | Promise<readonly RawEntry[]> {
    const entries = groupOf(this.stored).read(this.member.consumer, count);
    if (entries.length > 0 || blockMs <= 0 || operation.isWoken) return entries;
    return this.untilDelivered(count, blockMs, operation);
  }

  /** Who has waited longest is served first, at the first entry that comes. */
  private untilDelivered(count: number, blockMs: number, operation: Operation): Promise<readonly RawEntry[]> {
    const { stream, group } = this.stored;
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        clearTimeout(timer);
        unblock();
        settle();
      };
      const nothing = () => end(() => resolve([]));
      const timer = setTimeout(nothing, blockMs);
      operation.unblock = nothing;
      const unblock = stream.block({
        group,
        serve: () => {
          const entries = groupOf(this.stored).read(this.member.consumer, count);
          if (entries.length > 0) end(() => resolve(entries));
        },
        groupMissing: () => end(() => reject(failure({ kind: 'group-missing' }))),
      });
    });
  }

  private abandon(reason: RedisFailure): void {
    const { operation } = this;
    this.isOpen = false;
    if (!operation) return;
    operation.isGivenUp = true;
    operation.giveUp(reason);
    operation.unblock();
  }
}
