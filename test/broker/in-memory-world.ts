import { InMemoryBroker } from '../../libs/redis-streams/src/in-memory/in-memory-broker.js';
import { failure } from '../../libs/redis-streams/src/in-memory/failures.js';
import { RETRY_CONSUMER } from '../../libs/redis-streams/src/wire/consumer-name.js';
import { uniqueStream } from '../support/streams.js';
import type { World } from './world.js';

const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

export async function inMemoryWorld(): Promise<World> {
  const broker = new InMemoryBroker();
  const name = uniqueStream('broker');
  const group = 'workers';
  const stream = broker.stream(name);
  const found = () => stream.group(group)!;
  const target = broker.stream(uniqueStream('target'));
  return {
    ...{ broker, stream: name, group },
    features: { keepsDeletedPending: false, tellsBlockedReaders: true },
    add: async (fields, id) => stream.add(fields, id),
    addMany: async (count, idOf) => {
      for (let n = 0; n < count; n++) stream.add(['n', `${n}`], idOf?.(n));
    },
    deleteEntry: async (id) => stream.entries.delete(id),
    deleteStream: async () => stream.deleteAll(),
    createGroup: async (other) => void stream.createGroup(other),
    destroyGroup: async (other = group) => stream.destroyGroup(other),
    moveGroup: async (lastDelivered) => void (found().lastDelivered = lastDelivered),
    age: async (ms, ids) => {
      const { pending } = found();
      for (const { id, consumer } of pending.rows()) {
        // As any claim it drops what was deleted.
        if (!(ids?.includes(id) ?? true) || !found().claim(id, consumer)) continue;
        pending.set({ ...pending.get(id)!, deliveredAt: broker.clock.now - ms });
      }
    },
    target: target.name,
    refuseForwards: async (refuse) => void (target.addError = refuse ? WRONG_TYPE : undefined),
    forwarded: async () => [...target.entries.entries],
    refuseDeadLetters: async () => void (stream.deadLetterError = WRONG_TYPE),
    refuseMarks: async () => void (stream.marksFailure = failure({ kind: 'wrong-type', message: WRONG_TYPE })),
    forgetMarks: async () => stream.marks.clear(),
    pause: async (until) => {
      const end = until === undefined ? undefined : new Date(until);
      stream.pauses.set(group, { reason: 'why', by: 'me', since: new Date(broker.clock.now), until: end });
    },
    resume: async () => void stream.pauses.delete(group),
    forgetRetries: async (ids) => {
      const retries = stream.retriesOf(group);
      for (const id of ids ?? retries.all().map((retry) => retry.id)) retries.delete(id);
    },
    delayUntil: async (due) => void (stream.nextDelayedAt = Math.min(due, stream.nextDelayedAt ?? Infinity)),
    letPass: async (ms) => broker.clock.step(ms),
    listenFor: async (id) => void stream.tasksOf(group).ears.set(id, new Set(['listener'])),
    forgetOutput: async (id) => void stream.tasksOf(group).outputs.delete(id),
    serverNow: async () => broker.clock.now,
    ids: async () => stream.entries.entries.map(({ id }) => id),
    pending: async () => [...found().held],
    retries: async () =>
      stream
        .retriesOf(group)
        .all()
        .map(({ id, dueAt }) => [id, dueAt]),
    consumers: async () => [...found().seenAt.keys()].toSorted(),
    revive: async (id, life) => {
      found().putBack({ id, consumer: RETRY_CONSUMER, deliveryCount: 0, deliveredAt: broker.clock.now });
      stream.retriesOf(group).set(id, broker.clock.now);
      stream.tasksOf(group).lives.set(id, JSON.stringify(life));
    },
    lives: async () => [...stream.tasksOf(group).lives.keys()],
    requestCancel: async (id, reason = '') => void stream.tasksOf(group).cancels.set(id, reason),
    giveKey: async (key, taskId) => void stream.heldKeys.set(key, `${taskId} fingerprint`),
    heldKeys: async () => [...stream.heldKeys.keys()],
    cancels: async () => Object.fromEntries(stream.tasksOf(group).cancels),
    record: async (id) => Object.fromEntries(stream.tasksOf(group).records.get(id) ?? []),
    deadLetters: async () => stream.deadLetters.map(({ fields }) => [...fields]),
    output: async (id) => [...stream.tasksOf(group).outputOf(id)],
  };
}
