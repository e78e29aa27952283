import { ReplyError } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AddOutcomeUnknownError, RedisUnavailableError } from '../../model/errors/errors.js';
import { RedisFailure } from '../../model/ports/redis-failure.js';
import type { RedisClient } from '../connections/redis-client.js';
import { QueryConnection } from './query-connection.js';

const TIMEOUT_MS = 5_000;

/** A client whose questions wait until they are answered by hand, or it is dropped. */
class FakeClient {
  status = 'ready';
  readonly asked: { resolve: (reply: string) => void; reject: (error: Error) => void }[] = [];

  ask(): Promise<string> {
    return new Promise((resolve, reject) => this.asked.push({ resolve, reject }));
  }

  end(): void {
    this.status = 'end';
    for (const { reject } of this.asked) reject(new Error('Connection is closed.'));
  }
}

async function failed(question: Promise<unknown>): Promise<Error> {
  return question.then(
    () => expect.fail('it was answered'),
    (error: Error) => error,
  );
}

function setUp() {
  const clients: FakeClient[] = [];
  const links = {
    isClosed: false,
    trouble: undefined as Error | undefined,
    query: () => clients[clients.push(new FakeClient()) - 1]! as unknown as RedisClient,
    drop: (client: RedisClient) => (client as unknown as FakeClient).end(),
    lastError: () => links.trouble,
    describe: () => 'redis.test:6379',
  };
  const connection = new QueryConnection(links, TIMEOUT_MS);
  const ask = () => connection.ask((client) => (client as unknown as FakeClient).ask());
  return { clients, links, ask };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a question', () => {
  it('opens a client when there is none, and the next one takes the same', async () => {
    const { clients, ask } = setUp();
    expect(clients).toHaveLength(0);
    const questions = [ask(), ask()];
    expect(clients).toHaveLength(1);
    for (const { resolve } of clients[0]!.asked) resolve('reply');
    expect(await Promise.all(questions)).toEqual(['reply', 'reply']);
  });

  it('without an answer is rejected when its time is over, not before', async () => {
    const { ask } = setUp();
    let error: Error | undefined;
    void failed(ask()).then((reason) => (error = reason));
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 10);
    expect(error).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    expect(error).toBeInstanceOf(RedisUnavailableError);
    expect(error).not.toBeInstanceOf(AddOutcomeUnknownError);
    expect(error!.message).toMatch(/^Redis at redis.test:6379 did not answer within 5000 ms\. .*ask again/);
  });

  it.each([
    [
      'connect ECONNREFUSED 127.0.0.1:6379',
      /could not be reached within 5000 ms \(connect ECONNREFUSED .*\)\. Start Redis there/,
    ],
    [
      'it took the connection and is not ready yet: it may be loading its data',
      /could not be reached within 5000 ms \(it took .*\)\. Something listens there: see whether Redis is frozen/,
    ],
    ['WRONGPASS invalid username-password pair', /did not let us in \(WRONGPASS .*\)\. Check the user name/],
    [
      "Socket timeout. Expecting data, but didn't receive any in 2500ms.",
      /did not answer within 5000 ms\. .*ask again/,
    ],
  ])('tells what is known of the reason: %s', async (trouble, message) => {
    const { ask, links } = setUp();
    links.trouble = new Error(trouble);
    const error = failed(ask());
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect((await error).message).toMatch(message);
    expect((await error).cause).toBe(links.trouble);
  });

  it('that Redis answers with an error has that as its failure', async () => {
    const { clients, ask } = setUp();
    const error = failed(ask());
    clients[0]!.asked[0]!.reject(new ReplyError('WRONGTYPE Operation against a key'));
    expect(await error).toBeInstanceOf(RedisFailure);
    expect(await error).toMatchObject({ kind: 'wrong-type' });
  });

  it('is rejected at once where the connection is refused while it waits', async () => {
    const { clients, ask } = setUp();
    const error = failed(ask());
    const refusal = Object.assign(new ReplyError('WRONGPASS invalid username-password pair'), {
      command: { name: 'hello', args: [] },
    });
    clients[0]!.asked[0]!.reject(refusal);
    expect(await error).toBeInstanceOf(RedisUnavailableError);
    expect(await error).toMatchObject({ cause: refusal, message: expect.stringMatching(/did not let us in/) });
  });
});

describe('a client', () => {
  it('that has answered nothing for ten seconds is replaced; what has time left is asked over the next one', async () => {
    const { clients, ask } = setUp();
    const errors: Promise<Error>[] = [];
    for (let n = 0; n < 3; n++) {
      errors.push(failed(ask()));
      await vi.advanceTimersByTimeAsync(4_000);
    }
    const late = ask();
    expect(clients).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(clients).toHaveLength(2);
    expect(clients[0]!.status).toBe('end');
    expect(await Promise.all(errors)).toHaveLength(3);
    // Not the others: their callers have been told.
    expect(clients[1]!.asked).toHaveLength(1);
    clients[1]!.asked[0]!.resolve('reply');
    expect(await late).toBe('reply');
  });

  it('that answers, if slowly, stays', async () => {
    const { clients, ask } = setUp();
    for (let n = 0; n < 5; n++) {
      const error = failed(ask());
      const answered = ask();
      await vi.advanceTimersByTimeAsync(4_000);
      clients[0]!.asked.at(-1)!.resolve('reply');
      expect(await answered).toBe('reply');
      await vi.advanceTimersByTimeAsync(1_000);
      await error;
    }
    expect(clients).toHaveLength(1);
  });

  it('that leads to a replica is replaced, once for all who hear of it, and they are asked again', async () => {
    const { clients, ask } = setUp();
    const questions = [ask(), ask()];
    for (const { reject } of clients[0]!.asked)
      reject(new ReplyError("READONLY You can't write against a read only replica."));
    await vi.advanceTimersByTimeAsync(100);
    expect(clients.map(({ status }) => status)).toEqual(['end', 'ready']);
    expect(clients[1]!.asked).toHaveLength(2);
    for (const { resolve } of clients[1]!.asked) resolve('reply');
    expect(await Promise.all(questions)).toEqual(['reply', 'reply']);
  });

  it('is not replaced all the time while there are only replicas; what is asked of them is rejected in time', async () => {
    const { clients, ask } = setUp();
    const error = failed(ask());
    for (let ms = 0; ms < TIMEOUT_MS; ms += 10) {
      for (const { reject } of clients.at(-1)!.asked) reject(new ReplyError('READONLY'));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(await error).toBeInstanceOf(RedisUnavailableError);
    expect((await error).message).toMatch(/redis.test:6379 is a replica, .* within 5000 ms \(READONLY\)\. .*ask again/);
    expect(clients.length).toBeGreaterThan(5);
    expect(clients.length).toBeLessThanOrEqual(11);
  });

  it('that ended by itself is replaced with the next question', async () => {
    const { clients, ask } = setUp();
    const error = failed(ask());
    clients[0]!.end();
    expect((await error).message).toMatch(/could not be asked \(Connection is closed\.\)/);
    const question = ask();
    clients[1]!.asked[0]!.resolve('reply');
    expect(await question).toBe('reply');
  });

  it('is not opened any more after the shutdown, which rejects what waits', async () => {
    const { clients, links, ask } = setUp();
    const waiting = failed(ask());
    links.isClosed = true;
    clients[0]!.end();
    expect((await waiting).message).toMatch(/is closed: the application has shut down/);
    expect((await failed(ask())).message).toMatch(/is closed/);
    expect(clients).toHaveLength(1);
  });
});
