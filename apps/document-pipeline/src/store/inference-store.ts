import { Injectable } from '@nestjs/common';
import { TASK_FACTS, type TaskFacts, taskStatus, type TaskStatus } from './document-state.js';
import { StoreConnection } from './store-connection.js';

export interface InferenceResult {
  /** Who answered: a language model's name, or `local-extractive`. */
  readonly model: string;
  readonly text: string;
  /** What a reader has to know of the answer. */
  readonly note?: string;
}

export interface InferenceState {
  readonly id: string;
  readonly status: TaskStatus;
  readonly requestedAt?: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  readonly attempts: number;
  readonly error?: string;
  readonly result?: InferenceResult;
}

type InferenceFacts = TaskFacts & { readonly requestedAt?: string };

const FACTS = ['requestedAt', ...TASK_FACTS] as const satisfies readonly (keyof InferenceFacts)[];

/** Keeps the results of inference tasks in Redis under their entry ids, so that a repeated run is harmless. */
@Injectable()
export class InferenceStore {
  constructor(private readonly connection: StoreConnection) {}

  async find(id: string): Promise<InferenceState | undefined> {
    const values = await this.connection.read(this.key(id), FACTS);
    if (values.every((value) => value === null)) return undefined;
    const facts: InferenceFacts = Object.fromEntries(FACTS.map((fact, n) => [fact, values[n] || undefined]));
    const { requestedAt, startedAt, completedAt, attempts, error, result } = facts;
    return {
      id,
      status: taskStatus(facts),
      requestedAt,
      startedAt,
      completedAt,
      attempts: Number(attempts ?? 0),
      error,
      result: result ? (JSON.parse(result) as InferenceResult) : undefined,
    };
  }

  accept(id: string, requestedAt: string): Promise<boolean> {
    return this.record(id, { requestedAt });
  }

  start(id: string, run: { startedAt: string; attempts: number }): Promise<boolean> {
    return this.record(id, { ...run, givenUpAt: '' });
  }

  failRun(id: string, error: string): Promise<boolean> {
    return this.record(id, { error });
  }

  giveUp(id: string, error: string): Promise<boolean> {
    return this.record(id, { error, givenUpAt: new Date().toISOString() });
  }

  complete(id: string, result: InferenceResult): Promise<boolean> {
    return this.record(id, { result: JSON.stringify(result), completedAt: new Date().toISOString(), error: '' });
  }

  private record(id: string, fields: Partial<Record<keyof InferenceFacts, string | number>>): Promise<boolean> {
    return this.connection.record({ key: this.key(id), unless: 'result', onlyIfExists: false, fields });
  }

  private key(id: string): string {
    return this.connection.key(`inference:${id}`);
  }
}
