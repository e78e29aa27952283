import { type ArgumentsHost, Catch, type ExceptionFilter, HttpStatus, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AddOutcomeUnknownError, AddRefusedError, RedisUnavailableError } from 'nestjs-redis-streams';
import { type Observable, throwError } from 'rxjs';

const RETRY_AFTER_SECONDS = 5;

/** Answers requests with 503 while Redis is away. Stream handlers keep their errors: the queue decides on those. */
@Catch(RedisUnavailableError, AddRefusedError)
export class RedisUnavailableFilter implements ExceptionFilter {
  private readonly log = new Logger('Http');

  catch(error: Error, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    this.log.warn(`Answered 503: ${error.message}`);
    const http = host.switchToHttp();
    const isQuestion = ['GET', 'HEAD'].includes(http.getRequest<Request>().method);
    const response = http.getResponse<Response>();
    if (response.headersSent) {
      response.end();
      return;
    }
    response
      .status(HttpStatus.SERVICE_UNAVAILABLE)
      .set('Retry-After', String(RETRY_AFTER_SECONDS))
      .json({
        statusCode: HttpStatus.SERVICE_UNAVAILABLE,
        error: 'Service Unavailable',
        message: messageFor(error, isQuestion),
      });
  }
}

function messageFor(error: Error, isQuestion: boolean): string {
  if (isQuestion) return 'The queue cannot be reached, so this cannot be told now. Try again in a few seconds.';
  if (error instanceof AddOutcomeUnknownError) {
    return 'The queue did not confirm the task: it may or may not have been accepted. Sending it again may run it twice.';
  }
  return 'The queue cannot be reached, so nothing was accepted. Try again in a few seconds.';
}
