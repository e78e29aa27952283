import {
  BadRequestException,
  Body,
  ConflictException,
  Controller,
  Get,
  Headers,
  HttpCode,
  type MessageEvent,
  NotFoundException,
  Param,
  Post,
  Res,
  Sse,
  UploadedFile,
  UseInterceptors,
} from '@nestjs/common';
import { FileInterceptor } from '@nestjs/platform-express';
import type { Response } from 'express';
import { IdempotencyConflictError, RedisStreamsConfigError } from 'nestjs-redis-streams';
import type { Observable } from 'rxjs';
import { MAX_BODY_BYTES } from '../http/limits.js';
import { DocumentEvents } from './document-events.js';
import type { DocumentState } from './document-state.js';
import { Documents } from './documents.js';
import { DOCUMENT_FIELDS, type DocumentFields, newDocument, type UploadedText } from './new-document.js';

const UPLOAD = FileInterceptor('file', {
  limits: { fileSize: MAX_BODY_BYTES, files: 1, fields: 5 },
  defParamCharset: 'utf8',
});

/** Takes documents, answers at once, and tells how far each has come. */
@Controller('documents')
export class DocumentsController {
  constructor(
    private readonly documents: Documents,
    private readonly events: DocumentEvents,
  ) {}

  @Post()
  @HttpCode(202)
  @UseInterceptors(UPLOAD)
  async add(
    @Body({ schema: DOCUMENT_FIELDS }) fields: DocumentFields,
    @UploadedFile() file: UploadedText | undefined,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ) {
    const id = await this.documents.accept(newDocument(fields, file), key).catch(asHttpError);
    const self = `/documents/${id}`;
    response.location(self);
    return { id, status: 'queued', links: { self, events: `${self}/events` } };
  }

  /** For pages: one connection tells of all documents, where browsers allow six. */
  @Sse('events')
  followAll(): Observable<MessageEvent> {
    return this.events.followAll();
  }

  @Get(':id')
  async find(@Param('id') id: string): Promise<DocumentState> {
    const document = await this.documents.find(id);
    if (!document) throw new NotFoundException('There is no document with this id, or it has expired.');
    return document;
  }

  @Sse(':id/events')
  async follow(@Param('id') id: string): Promise<Observable<MessageEvent>> {
    return (await this.find(id), this.events.follow(id));
  }
}

/** What is wrong with the client's `Idempotency-Key`; anything else passes. */
function asHttpError(error: unknown): never {
  if (error instanceof IdempotencyConflictError)
    throw new ConflictException('This Idempotency-Key was used for another document.');
  if (error instanceof RedisStreamsConfigError)
    throw new BadRequestException('The Idempotency-Key must be 1 to 512 bytes.');
  throw error;
}
