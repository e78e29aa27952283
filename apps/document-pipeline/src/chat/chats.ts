import { BadRequestException, Injectable, NotFoundException } from '@nestjs/common';
import {
  type CancelOutcome,
  RedisStreamsConfigError,
  StreamMonitor,
  StreamProducer,
  StreamTasks,
  type TaskEvent,
  type TaskInfo,
} from 'nestjs-redis-streams';
import type { Observable } from 'rxjs';
import { CHAT_STREAM, type ChatMessage, isTaskId } from '../streams.js';

/**
 * Answers as tasks. The id of a task is a time and a number, which anybody can guess: so each question about one names the
 * caller, and what is another's is not found.
 * @throws RedisUnavailableError from every method when Redis does not answer
 */
@Injectable()
export class Chats {
  constructor(
    private readonly producer: StreamProducer,
    private readonly tasks: StreamTasks,
    private readonly monitor: StreamMonitor,
  ) {}

  /** @returns the id of the task that will answer the last message */
  ask(caller: string, messages: ChatMessage[]): Promise<string> {
    return this.producer.add(CHAT_STREAM, { caller, messages });
  }

  /** @throws NotFoundException */
  async find(caller: string | undefined, id: string): Promise<TaskInfo> {
    await this.assertOwn(caller, id);
    return this.tasks.get(CHAT_STREAM, id);
  }

  /**
   * @param from the cursor to go on after; default the beginning
   * @throws NotFoundException, BadRequestException for a cursor that is none of this task
   */
  async watch(caller: string | undefined, id: string, from?: string): Promise<Observable<TaskEvent<string>>> {
    await this.assertOwn(caller, id);
    try {
      return this.tasks.watch<string>(CHAT_STREAM, id, { from });
    } catch (error) {
      throw error instanceof RedisStreamsConfigError ? new BadRequestException(error.message) : error;
    }
  }

  /** @throws NotFoundException */
  async stop(caller: string | undefined, id: string): Promise<CancelOutcome> {
    await this.assertOwn(caller, id);
    return this.tasks.cancel(CHAT_STREAM, id, { reason: 'stopped by its caller' });
  }

  /** Where a task is not the caller's, that it exists is not told either. */
  private async assertOwn(caller: string | undefined, id: string): Promise<void> {
    if (caller && isTaskId(id)) {
      for await (const { payload } of this.monitor.history(CHAT_STREAM, { from: id, to: id, limit: 1 })) {
        if (payload?.caller === caller) return;
      }
    }
    throw new NotFoundException('You have asked nothing with this id, or it has expired.');
  }
}
