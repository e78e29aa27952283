/** Which delivery a line is about, for loggers that keep fields beside the text. */
export interface LogFields {
  readonly stream: string;
  readonly group: string;
  readonly entryId: string;
  readonly deliveryCount?: number;
}

/** What the engine writes to. The text says it all; fields repeat what machines look for. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  log(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
