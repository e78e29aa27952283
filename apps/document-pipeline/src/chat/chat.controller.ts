import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  HttpStatus,
  type MessageEvent,
  Param,
  Post,
  Query,
  Req,
  Res,
  Sse,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { isTaskEnd, taskEvents } from 'nestjs-redis-streams';
import { EMPTY, type Observable } from 'rxjs';
import { Callers } from './callers.js';
import { CHAT_REQUEST, type ChatRequest } from './chat-task.schema.js';
import { Chats } from './chats.js';

/** A chat whose answers are tasks: they stream from a worker, whatever becomes of the page or the worker meanwhile. */
@Controller('chat')
export class ChatController {
  constructor(
    private readonly chats: Chats,
    private readonly callers: Callers,
  ) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  async ask(
    @Body({ schema: CHAT_REQUEST }) { messages }: ChatRequest,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    const id = await this.chats.ask(this.callers.identify(request, response), messages);
    const self = `/chat/${id}`;
    response.location(self);
    return { id, links: { self, stream: `${self}/stream` } };
  }

  @Get(':id')
  async find(@Param('id') id: string, @Req() request: Request) {
    const task = await this.chats.find(this.callers.known(request), id);
    return { id, state: task.state, answer: task.state === 'completed' ? task.result : undefined };
  }

  /** Begins at the beginning, or after `Last-Event-ID`, which EventSource sends when it reconnects, or `from`. */
  @Sse(':id/stream')
  async stream(
    @Param('id') id: string,
    @Headers('last-event-id') last: string | undefined,
    @Query('from') from: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const cursor = last ?? from;
    const watch = await this.chats.watch(this.callers.known(request), id, cursor);
    if (!isTaskEnd(cursor)) return taskEvents(watch);
    // An EventSource reconnects after the end of each response. This one tells it not to.
    response.status(HttpStatus.NO_CONTENT);
    return EMPTY;
  }

  /** A page that is closed stops nothing: only this does. */
  @Delete(':id')
  async stop(@Param('id') id: string, @Req() request: Request) {
    return { id, outcome: await this.chats.stop(this.callers.known(request), id) };
  }
}
