import type { TaskEvent, TaskInfo } from 'nestjs-redis-streams';
import { concat, concatMap, from, type Observable, of } from 'rxjs';

/** The parts of the AI SDK's UI message stream that an answer in plain text is made of. */
export type UiMessagePart =
  | { readonly type: 'start'; readonly messageId: string }
  | { readonly type: 'start-step' | 'reset-step' | 'finish-step' | 'finish' }
  | { readonly type: 'text-start' | 'text-end'; readonly id: string }
  | { readonly type: 'text-delta'; readonly id: string; readonly delta: string }
  | { readonly type: 'error'; readonly errorText: string }
  | { readonly type: 'abort'; readonly reason?: string };

export interface UiMessageOptions {
  readonly messageId: string;
  /**
   * Whether the client knows `reset-step`, as `ai` does from 7.0.70 on: it drops what a killed worker had written. For others
   * the answer begins again in a part of its own, below the half one: a part that they do not know would fail them.
   */
  readonly knowsResetStep: boolean;
}

/** What a watch of an answer tells, as parts of a UI message stream: the whole of it, from the answer's beginning. */
export function uiMessageParts(
  events: Observable<TaskEvent<string>>,
  options: UiMessageOptions,
): Observable<UiMessagePart> {
  const answer = new TextAnswer(options);
  const start: UiMessagePart[] = [{ type: 'start', messageId: options.messageId }, { type: 'start-step' }];
  return concat(from(start), events.pipe(concatMap((event) => of(...answer.partsOf(event)))));
}

/** Text parts are opened before their first word, and closed. */
class TextAnswer {
  private textParts = 0;
  private openId: string | undefined;
  private toldLength = 0;

  constructor(private readonly options: UiMessageOptions) {}

  partsOf(event: TaskEvent<string>): UiMessagePart[] {
    switch (event.type) {
      case 'chunk':
        return this.text(event.value);
      case 'restart':
        return this.restart();
      case 'end':
        return this.end(event.task);
      case 'state':
      case 'progress':
      case 'gap':
        return [];
    }
  }

  private text(delta: string): UiMessagePart[] {
    const parts: UiMessagePart[] = [];
    if (!this.openId) {
      this.openId = `text-${++this.textParts}`;
      parts.push({ type: 'text-start', id: this.openId });
    }
    this.toldLength += delta.length;
    return [...parts, { type: 'text-delta', id: this.openId, delta }];
  }

  private restart(): UiMessagePart[] {
    const parts: UiMessagePart[] = this.options.knowsResetStep ? [{ type: 'reset-step' }] : this.close();
    this.openId = undefined;
    this.toldLength = 0;
    return parts;
  }

  private end(task: TaskInfo): UiMessagePart[] {
    const { state } = task;
    if (state === 'completed') {
      return [...this.rest(task.result), ...this.close(), { type: 'finish-step' }, { type: 'finish' }];
    }
    if (state === 'cancelled') return [...this.close(), { type: 'abort', reason: task.reason }];
    const why = state === 'dead-lettered' ? task.error : `The answer was not given: its task is ${state}.`;
    return [{ type: 'error', errorText: why }];
  }

  /** The result is kept for longer than what was told of it word by word, and without a limit to the words. */
  private rest(result: unknown): UiMessagePart[] {
    const rest = typeof result === 'string' ? result.slice(this.toldLength) : '';
    return rest ? this.text(rest) : [];
  }

  private close(): UiMessagePart[] {
    return this.openId ? [{ type: 'text-end', id: this.openId }] : [];
  }
}
