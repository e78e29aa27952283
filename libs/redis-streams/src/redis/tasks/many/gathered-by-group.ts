import type { Ear, TaskKey } from '../../../model/ports/tasks/task-store.js';
import { Gathered } from './gathered.js';

/** Gathers what is asked about single tasks: what is asked for one doorbell about one group goes together, as its keys share a slot. */
export class GatheredByGroup<Question, Answer> {
  private readonly groups = new Map<string, Gathered<Question, Answer>>();

  /**
   * @param most how many go with one script
   * @param send answers questions about one group, for one doorbell
   */
  constructor(
    private readonly most: number,
    private readonly send: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  ) {}

  ask({ stream, group }: TaskKey, { address }: Ear, question: Question): Promise<Answer> {
    const key = `${address} ${group}\n${stream}`;
    let gathered = this.groups.get(key);
    if (!gathered) {
      gathered = new Gathered(this.most, this.send, () => this.groups.delete(key));
      this.groups.set(key, gathered);
    }
    return gathered.ask(question);
  }
}
