import { type ArgumentsHost, Catch, HttpException, HttpStatus, PayloadTooLargeException } from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { type Observable, throwError } from 'rxjs';
import { MAX_BODY_BYTES } from './limits.js';

const TOO_LARGE: number = HttpStatus.PAYLOAD_TOO_LARGE;
const REASON = `Documents and requests may have up to 1 MiB (${MAX_BODY_BYTES.toLocaleString('en')} bytes). Send a shorter text.`;

/** Names the limit, which neither the body parser nor the upload does. Stream handlers keep their errors. */
@Catch(HttpException)
export class TooLargeFilter extends BaseExceptionFilter {
  override catch(error: HttpException, host: ArgumentsHost): Observable<never> | void {
    if (host.getType() !== 'http') return throwError(() => error);
    const isTooLarge = TOO_LARGE === error.getStatus();
    // oxlint-disable-next-line promise/valid-params -- no promise's
    super.catch(isTooLarge ? new PayloadTooLargeException(REASON, { cause: error }) : error, host);
  }
}
