/** What a failed call means for who made it. */
export type FailureKind =
  | 'group-missing' // the group, or its whole stream, is gone
  | 'disconnected' // no answer: the connection broke, or there is none
  | 'read-only' // this server is a replica now: find the new primary
  | 'elsewhere' // in a cluster, another node serves the slot, or will: find it
  | 'forbidden' // an ACL forbids it, or the server does not know the command: it will go on to refuse
  | 'wrong-type' // a key of ours holds something else
  | 'refused'; // the server answered with any other error

export interface FailureDetails {
  readonly kind: FailureKind;
  /** What an operator can do. */
  readonly remedy: string;
  /** Redis answered and does not let us in, or not to our database: waiting does not help. */
  readonly isRefusal: boolean;
}

/** A call to Redis that failed. Its message is short and says nothing of what was sent, so that no payload gets into a log. */
export class RedisFailure extends Error {
  override readonly name = 'RedisFailure';
  readonly kind: FailureKind;
  readonly remedy: string;
  readonly isRefusal: boolean;

  constructor(message: string, { kind, remedy, isRefusal }: FailureDetails, cause?: Error) {
    super(message, { cause });
    this.kind = kind;
    this.remedy = remedy;
    this.isRefusal = isRefusal;
  }
}

/** What is thrown beside failures of Redis is a mistake of ours: like a broken connection, it makes a loop begin anew. */
export function failureKindOf(error: unknown): FailureKind {
  return error instanceof RedisFailure ? error.kind : 'disconnected';
}

/** A right that is missing, or a key that holds something else: waiting does not help. */
export function goesOnToBeRefused(error: unknown): boolean {
  const kind = failureKindOf(error);
  return kind === 'forbidden' || kind === 'wrong-type';
}

/** Why something failed, in one line. */
export function failureText(error: unknown): string {
  const { message } = error as Error;
  return (message || String(error)).split('\n', 1)[0]!.slice(0, 300);
}

/** What Redis or ioredis said itself: the cause that users see, with its code and name. */
export function originalError(error: unknown): unknown {
  return error instanceof RedisFailure ? (error.cause ?? error) : error;
}

/** What an operator can do about it. */
export function remedyFor(error: unknown): string {
  if (error instanceof RedisFailure) return error.remedy;
  return 'Start Redis there, or point the connection option or REDIS_URL to where it runs.';
}
