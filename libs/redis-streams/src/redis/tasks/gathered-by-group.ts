import type { Ear, TaskKey } from '../../model/ports/tasks/task-store.js';
import { Gathered } from './gathered.js';
import type { TasksOfGroup } from './look-all.js';

/** Asks about one of several tasks, and for whom to ring. */
interface Heeded {
  readonly task: TaskKey;
  readonly ear: Ear;
}

/** Gathers what is asked about single tasks: what is asked for one doorbell about one group goes together, as its keys share a slot. */
export class GatheredByGroup<Answer> {
  private readonly groups = new Map<string, Gathered<Heeded, Answer>>();

  /**
   * @param most how many go with one script
   * @param send asks about tasks, with an ear for each, all of one address
   */
  constructor(
    private readonly most: number,
    private readonly send: (tasks: TasksOfGroup, ears: readonly Ear[]) => Promise<readonly Answer[]>,
  ) {}

  ask(task: TaskKey, ear: Ear): Promise<Answer> {
    const { stream, group } = task;
    const key = `${ear.address} ${group}\n${stream}`;
    let gathered = this.groups.get(key);
    if (!gathered) {
      gathered = new Gathered<Heeded, Answer>(
        this.most,
        (all) =>
          this.send(
            { stream, group, ids: all.map((one) => one.task.id) },
            all.map((one) => one.ear),
          ),
        () => this.groups.delete(key),
      );
      this.groups.set(key, gathered);
    }
    return gathered.ask({ task, ear });
  }
}
