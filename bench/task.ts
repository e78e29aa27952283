/** The inference task of a typical AI backend, all strings; `requested_at` doubles as the time of adding. */
export interface Task {
  readonly prompt: string;
  readonly model: string;
  readonly user_id: string;
  readonly requested_at: string;
}

export const TASK: Task = {
  prompt: 'Summarize this document in three sentences.',
  model: 'gpt-4',
  user_id: '12345',
  requested_at: '2026-11-20T10:00:00.000Z',
};

/** A task that is not all strings: two numbers, a list and a boolean among six fields. */
export const MIXED_TASK = {
  prompt: TASK.prompt,
  model: TASK.model,
  temperature: 0.7,
  max_tokens: 512,
  stop: ['###', 'END'],
  stream: false,
};

/** What a handler returns where that is kept. */
export const ANSWER = { text: 'The document describes three results.', model: TASK.model, tokens: 42 };

/** The wait before a retry, for every system that retries. */
export const BACKOFF_MS = 1_000;

/** A clock that all processes of a machine share, in nanoseconds. */
export function clockNs(): number {
  return Number(process.hrtime.bigint());
}
