import {
  Body,
  Controller,
  Delete,
  Headers,
  HttpCode,
  HttpStatus,
  type MessageEvent,
  NotFoundException,
  Param,
  Req,
  RequestMethod,
  Res,
  Sse,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { concat, EMPTY, map, type Observable, of } from 'rxjs';
import { cookieOf } from '../../http/cookies.js';
import { withHeartbeats } from '../../http/heartbeats.js';
import { Callers } from '../callers.js';
import { Chats } from '../chats.js';
import { uiMessageParts } from './ui-message-parts.js';
import { UI_MESSAGE_REQUEST, type UiMessageRequest } from './ui-message-request.js';

const LAST_TASK = 'task';
const HEADERS = { 'x-vercel-ai-ui-message-stream': 'v1', 'x-accel-buffering': 'no' };

/**
 * The same chat for the AI SDK's `useChat`, with its defaults. Its client knows chats, and this server tasks: the last task of
 * a chat is in a cookie for that chat's paths.
 */
@Controller('api/chat')
export class UiMessageStreamController {
  constructor(
    private readonly chats: Chats,
    private readonly callers: Callers,
  ) {}

  @Sse('', { method: RequestMethod.POST })
  @HttpCode(HttpStatus.OK)
  async ask(
    @Body({ schema: UI_MESSAGE_REQUEST }) { id, messages }: UiMessageRequest,
    @Headers('x-reset-step') resetStep: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const caller = this.callers.identify(request, response);
    const taskId = await this.chats.ask(caller, messages);
    response.cookie(LAST_TASK, taskId, {
      path: `/api/chat/${id}`,
      httpOnly: true,
      sameSite: 'lax',
      secure: request.secure,
    });
    return this.stream(caller, taskId, resetStep, response);
  }

  /** For `useChat({ resume: true })`: the whole answer again, from its beginning; 204 where none is on its way. */
  @Sse(':id/stream')
  async resume(
    @Headers('x-reset-step') resetStep: string | undefined,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Observable<MessageEvent>> {
    const [caller, taskId] = [this.callers.known(request), cookieOf(request, LAST_TASK)];
    if (taskId && (await this.isOnItsWay(caller, taskId))) return this.stream(caller, taskId, resetStep, response);
    response.status(HttpStatus.NO_CONTENT);
    return EMPTY;
  }

  /** `stop()` of the client only closes its connection: an app with a stop button calls this, too. */
  @Delete(':id')
  async stop(@Param('id') id: string, @Req() request: Request) {
    const taskId = cookieOf(request, LAST_TASK);
    if (!taskId) throw new NotFoundException('There is nothing to stop.');
    return { id, outcome: await this.chats.stop(this.callers.known(request), taskId) };
  }

  private async isOnItsWay(caller: string | undefined, taskId: string): Promise<boolean> {
    const { state } = await this.chats.find(caller, taskId);
    return state === 'waiting' || state === 'running' || state === 'retry-scheduled';
  }

  private async stream(
    caller: string | undefined,
    taskId: string,
    resetStep: string | undefined,
    response: Response,
  ): Promise<Observable<MessageEvent>> {
    const events = await this.chats.watch(caller, taskId);
    const options = { messageId: taskId, knowsResetStep: resetStep !== 'no' };
    const parts = concat(uiMessageParts(events, options), of('[DONE]'));
    response.set(HEADERS);
    return withHeartbeats(parts.pipe(map((data) => ({ data }))));
  }
}
