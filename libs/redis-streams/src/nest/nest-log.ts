import { inspect } from 'node:util';
import { ConsoleLogger, Logger, type LoggerService } from '@nestjs/common';
import type { Log, LogFields } from '../model/log.js';

/**
 * Nest's Logger as the engine's log. Fields go where they are kept as such, and nowhere else: to Nest's ConsoleLogger only in
 * its JSON mode (as `params`), to other loggers in an object message, the way that nestjs-pino and nest-winston take them.
 */
export class NestLog implements Log {
  private readonly logger = new Logger('RedisStreams');

  debug(message: string, fields?: LogFields): void {
    this.write('debug', message, fields);
  }

  log(message: string, fields?: LogFields): void {
    this.write('log', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.write('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.write('error', message, fields);
  }

  private write(level: keyof Log, message: string, fields: LogFields | undefined): void {
    const target = currentLogger();
    if (!fields || !target) this.logger[level](message);
    else if (!(target instanceof ConsoleLogger)) this.logger[level](new LogLine(message, fields));
    else if (keepsParams(target)) this.logger[level](message, fields);
    else this.logger[level](message);
  }
}

/** A message with fields: an object for loggers that take them apart, its text for all that print it. */
class LogLine {
  /** Where pino looks for the text. */
  readonly msg: string;

  constructor(message: string, fields: LogFields) {
    Object.assign(this, fields);
    this.msg = message;
  }

  /** Where winston looks for it. */
  get message(): string {
    return this.msg;
  }

  toString(): string {
    return this.msg;
  }

  [inspect.custom](): string {
    return this.msg;
  }
}

/** The logger that `app.useLogger` set last. */
function currentLogger(): LoggerService | undefined {
  return (Logger as unknown as { staticInstanceRef?: LoggerService }).staticInstanceRef;
}

/** Whether it prints an object beside the message as the record's `params`: Nest 12 in JSON mode. Others print it as another message. */
function keepsParams(logger: ConsoleLogger): boolean {
  const { options, stringifyParams } = logger as unknown as { options?: { json?: boolean }; stringifyParams?: unknown };
  return options?.json === true && typeof stringifyParams === 'function';
}
