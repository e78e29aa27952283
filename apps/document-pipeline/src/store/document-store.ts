import { Injectable } from '@nestjs/common';
import { type Stage, STAGES } from '../streams.js';
import { type DocumentState, documentState, type StageResults, TASK_FACTS, type TaskFacts } from './document-state.js';
import { StoreConnection } from './store-connection.js';

export interface NewDocument {
  readonly title: string;
  readonly text: string;
}

const STATE_FIELDS = ['title', 'createdAt', ...STAGES.flatMap((stage) => TASK_FACTS.map((fact) => `${stage}.${fact}`))];

/**
 * Keeps documents in Redis, one hash each, where all processes see them. What stages write is guarded by their result:
 * the first result stays, whatever repeated or late runs do.
 *
 * @throws StoreUnavailableError from every method when Redis does not answer
 */
@Injectable()
export class DocumentStore {
  constructor(private readonly connection: StoreConnection) {}

  async create(id: string, { title, text }: NewDocument): Promise<void> {
    const fields = { title, text, createdAt: new Date().toISOString() };
    await this.connection.record({
      key: this.key(id),
      unless: 'title',
      onlyIfExists: false,
      fields,
      change: { key: this.changesKey, name: id },
    });
  }

  async remove(id: string): Promise<void> {
    await this.connection.delete(this.key(id));
  }

  async find(id: string): Promise<DocumentState | undefined> {
    const values = await this.connection.read(this.key(id), STATE_FIELDS);
    const [title, createdAt] = values;
    if (title === null || title === undefined || !createdAt) return undefined;
    const facts = STAGES.map((stage, n) => {
      const own = TASK_FACTS.map((fact, m) => [fact, values[2 + n * TASK_FACTS.length + m] ?? undefined]);
      return [stage, Object.fromEntries(own)];
    });
    return documentState({ id, title, createdAt }, Object.fromEntries(facts) as Record<Stage, TaskFacts>);
  }

  /** Changes with every change of the state; undefined for an unknown document. */
  async revision(id: string): Promise<string | undefined> {
    const [revision] = await this.connection.read(this.key(id), ['revision']);
    return revision ?? undefined;
  }

  /**
   * The documents that changed last, at most `limit`; or those that changed next after a position, oldest change first.
   * @returns their states and the position of the latest of these changes
   */
  async changed(limit: number, after?: number): Promise<{ documents: DocumentState[]; position: number | undefined }> {
    const changes = await this.connection.changes(this.changesKey, { after, limit });
    const documents = await Promise.all(changes.map(({ name }) => this.find(name)));
    const position = changes.length === 0 ? after : Math.max(...changes.map((change) => change.position));
    return { documents: documents.filter((document) => document !== undefined), position };
  }

  async text(id: string): Promise<string> {
    const [text] = await this.connection.read(this.key(id), ['text']);
    return text ?? '';
  }

  /** What `extract` made of the text: its paragraphs, each as its sentences. */
  async paragraphs(id: string): Promise<string[][]> {
    const [paragraphs] = await this.connection.read(this.key(id), ['paragraphs']);
    return paragraphs ? (JSON.parse(paragraphs) as string[][]) : [];
  }

  async startStage(id: string, stage: Stage, run: { startedAt: string; attempts: number }): Promise<void> {
    // A task that was given up and then added again is on its way again.
    await this.record(id, stage, { ...run, givenUpAt: '' });
  }

  async failRun(id: string, stage: Stage, error: string): Promise<void> {
    await this.record(id, stage, { error });
  }

  async giveUpStage(id: string, stage: Stage, error: string): Promise<void> {
    await this.record(id, stage, { error, givenUpAt: new Date().toISOString() });
  }

  async completeStage<S extends Stage>(
    id: string,
    stage: S,
    outcome: { result: StageResults[S]; paragraphs?: string[][] },
  ): Promise<void> {
    const facts = { result: JSON.stringify(outcome.result), completedAt: new Date().toISOString(), error: '' };
    const paragraphs = outcome.paragraphs && { paragraphs: JSON.stringify(outcome.paragraphs) };
    await this.record(id, stage, facts, paragraphs);
  }

  private async record(
    id: string,
    stage: Stage,
    facts: Partial<Record<keyof TaskFacts, string | number>>,
    more: Record<string, string> = {},
  ): Promise<void> {
    const fields = Object.fromEntries(Object.entries(facts).map(([fact, value]) => [`${stage}.${fact}`, value]));
    await this.connection.record({
      key: this.key(id),
      unless: `${stage}.result`,
      onlyIfExists: true,
      fields: { ...fields, ...more },
      change: { key: this.changesKey, name: id },
    });
  }

  private get changesKey(): string {
    return this.connection.key('documents:changes');
  }

  private key(id: string): string {
    return this.connection.key(`document:${id}`);
  }
}
