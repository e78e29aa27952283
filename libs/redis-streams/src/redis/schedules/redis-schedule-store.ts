import { randomBytes } from 'node:crypto';
import type {
  DeclaredSchedule,
  ScheduleChanges,
  ScheduleStore,
  StoredSchedules,
  TickProposal,
  TickReply,
} from '../../model/ports/tasks/schedule-store.js';
import type { Keys } from '../keys.js';
import { SERVER_NOW } from '../lua/fragments/server-now.js';
import { pairs } from '../lua/pairs.js';
import type { RunScript } from '../lua/run-script.js';
import { script } from '../lua/script.js';
import { pauseSchedule, put, remove, resumeSchedule } from './change.js';
import { learn } from './learn.js';
import { propose } from './propose.js';

/** KEYS 1 the streams that have schedules made at run time. Returns { server time, each with what changes when they do }. */
const changesScript = script(`
${SERVER_NOW}
return { now, redis.call('HGETALL', KEYS[1]) }
`);
/** ARGV 1 stream, 2 a text that nobody has used. */
const noteChangeScript = script(`return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`);

/** Keeps schedules in Redis: those of a stream in its own slot, and which streams have such in one hash. */
export class RedisScheduleStore implements ScheduleStore {
  constructor(
    private readonly run: RunScript,
    private readonly keys: Keys,
  ) {}

  async changes(): Promise<ScheduleChanges> {
    const [serverNow, streams] = await this.run<[number, string[]]>(changesScript, [this.keys.scheduledStreams], []);
    return { serverNow, streams: pairs(streams) };
  }

  learn(stream: string, declared: readonly DeclaredSchedule[]): Promise<StoredSchedules> {
    return learn(this.run, this.keys.schedules(stream), declared);
  }

  propose(stream: string, proposals: readonly TickProposal[]): Promise<TickReply> {
    const keys = { stream: this.keys.stream(stream), schedules: this.keys.schedules(stream) };
    return propose(this.run, keys, proposals);
  }

  async put(stream: string, name: string, spec: string): Promise<void> {
    await put(this.run, this.keys.schedules(stream), name, spec);
    // Also where nothing changed: whoever died between the two has told nobody.
    await this.noteChange(stream);
  }

  remove(stream: string, name: string): Promise<boolean> {
    return this.change(stream, remove(this.run, this.keys.schedules(stream), name));
  }

  pause(stream: string, name: string, reason: string): Promise<boolean> {
    return this.change(stream, pauseSchedule(this.run, this.keys.schedules(stream), name, reason));
  }

  resume(stream: string, name: string): Promise<boolean> {
    return this.change(stream, resumeSchedule(this.run, this.keys.schedules(stream), name));
  }

  private async change(stream: string, changed: Promise<boolean>): Promise<boolean> {
    const isThere = await changed;
    if (isThere) await this.noteChange(stream);
    return isThere;
  }

  private async noteChange(stream: string): Promise<void> {
    await this.run(noteChangeScript, [this.keys.scheduledStreams], [stream, randomBytes(6).toString('base64url')]);
  }
}
