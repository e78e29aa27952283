import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { RetryLaterError, StreamHandler, StreamTasks, type TaskInfo, UnrecoverableError } from 'nestjs-redis-streams';
import { expect, it } from 'vitest';
import { startApp } from '../../support/app.js';
import { eventually } from '../../support/eventually.js';
import { uniqueStream } from '../../support/streams.js';

/** What is told of a task whose handler did that, once it is not waiting for its first run or running any more. */
async function stateAfter(outcome: () => unknown): Promise<TaskInfo> {
  const stream = uniqueStream();

  @Controller()
  class Worker {
    @StreamHandler(stream, { retry: { backoff: { initialMs: 60_000, jitter: 0 } } })
    async handle(@Payload() _task: unknown) {
      outcome();
    }
  }
  const { producer } = await startApp({ controllers: [Worker] });
  const tasks = (await startApp({})).get(StreamTasks);
  const id = await producer.add(stream, {});
  return eventually(async () => {
    const task = await tasks.get(stream, id);
    const isBefore = task.state === 'running' || (task.state === 'waiting' && task.why === undefined);
    return !isBefore && task;
  });
}

function fail(error: Error): () => never {
  return () => {
    throw error;
  };
}

it('a failed task tells with what it failed, and when it runs again', async () => {
  const task = await stateAfter(fail(new RangeError('no luck')));
  expect(task).toMatchObject({ state: 'retry-scheduled', deliveryCount: 1, lastError: 'RangeError: no luck' });
  expect(task.state === 'retry-scheduled' && task.dueAt.getTime()).toBeGreaterThan(Date.now() + 30_000);
});

it('one that its handler postponed waits, and is no failure', async () => {
  const task = await stateAfter(fail(new RetryLaterError(60_000)));
  expect(task).toMatchObject({ state: 'waiting', why: 'postponed' });
  expect(task.state === 'waiting' && task.until!.getTime()).toBeGreaterThan(Date.now() + 30_000);
});

it('one that was given up tells why, and its letter', async () => {
  const task = await stateAfter(fail(new UnrecoverableError('never')));
  expect(task).toMatchObject({
    state: 'dead-lettered',
    reason: 'unrecoverable',
    error: expect.stringMatching(/never/),
    deadLetterId: expect.stringMatching(/^\d+-\d+$/),
    endedAt: expect.any(Date),
  });
});
