import { RedisFailure } from '../../../model/ports/redis-failure.js';

interface Asked<Question, Answer> {
  readonly question: Question;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Questions that one script may answer together. Those of one event go with one script, and what comes while it is under way with the
 * next: the busier Redis is, the more each answers.
 */
export class Gathered<Question, Answer> {
  private waiting: Asked<Question, Answer>[] = [];
  private isBusy = false;

  /**
   * @param most how many go with one script, which holds up everybody else
   * @param send answers in the order of the questions, or rejects
   * @param onIdle nothing is asked any more
   */
  constructor(
    private readonly most: number,
    private readonly send: (questions: readonly Question[]) => Promise<readonly Answer[]>,
    private readonly onIdle: () => void,
  ) {}

  ask(question: Question): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ question, resolve, reject });
      if (this.isBusy) return;
      this.isBusy = true;
      // Only from a microtask does a tick wait for those that were queued before it.
      queueMicrotask(() => process.nextTick(() => void this.answerAll()));
    });
  }

  /** Never rejects. */
  private async answerAll(): Promise<void> {
    while (this.waiting.length > 0) await this.answer(this.waiting.splice(0, this.most));
    this.isBusy = false;
    this.onIdle();
  }

  private async answer(asked: readonly Asked<Question, Answer>[]): Promise<void> {
    try {
      const answers = await this.send(asked.map(({ question }) => question));
      asked.forEach(({ resolve }, n) => resolve(answers[n]!));
    } catch (error) {
      // What Redis refuses of one must not fail the others.
      if (error instanceof RedisFailure && asked.length > 1) await Promise.all(asked.map((one) => this.answer([one])));
      else for (const { reject } of asked) reject(error);
    }
  }
}
