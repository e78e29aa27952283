import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { StreamContext, StreamHandler } from 'nestjs-redis-streams';
import { TextModel } from '../models/text-model.js';
import type { ChatTask } from '../streams.js';
import { Disturbance } from '../tasks/disturbance.js';
import { CHAT_TASK } from './chat-task.schema.js';

/** Answers chats: what it yields is told while it runs, what it returns is the result. */
@Controller()
export class ChatHandler {
  constructor(
    private readonly model: TextModel,
    private readonly disturbance: Disturbance,
  ) {}

  // Somebody looks on: what a killed worker has begun is to start over within five seconds.
  @StreamHandler('ai:chat', { leaseMs: 3_000 })
  async *chat(
    @Payload({ schema: CHAT_TASK }) { messages }: ChatTask,
    @Ctx() { signal }: StreamContext,
  ): AsyncGenerator<string, string> {
    await this.disturbance.strike('The answer', signal);
    let answer = '';
    for await (const token of this.model.converse(messages, signal)) {
      if (token === '') continue;
      answer += token;
      yield token;
    }
    return answer;
  }
}
