import type { Labels } from '../catalog/metric.js';
import type { MeterAttributes } from './meter.js';

/** OpenTelemetry's names for what our labels say. Its names for messaging are not final: all of them are here. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  stream: 'messaging.destination.name',
  group: 'messaging.consumer.group.name',
  error: 'error.type',
  task: 'redis_streams.task',
  outcome: 'redis_streams.outcome',
  reason: 'redis_streams.dead_letter.reason',
  loop: 'redis_streams.loop',
  role: 'redis_streams.connection.role',
};

/** The older name, and the one that takes its place. */
const SYSTEM = { 'messaging.system': 'redis_streams', 'messaging.system.name': 'redis_streams' };

const OPERATIONS: Readonly<Record<string, MeterAttributes>> = {
  'messaging.client.sent.messages': operation('send', 'send'),
  'messaging.client.operation.duration': operation('send', 'send'),
  'messaging.client.consumed.messages': operation('process', 'process'),
  'messaging.process.duration': operation('process', 'process'),
};

/** @param name of the instrument */
export function attributesOf(name: string, labels: Labels): MeterAttributes {
  const attributes: MeterAttributes = { ...SYSTEM, ...OPERATIONS[name] };
  for (const [label, value] of Object.entries(labels)) attributes[ATTRIBUTES[label] ?? label] = value;
  return attributes;
}

function operation(name: string, type: string): MeterAttributes {
  return { 'messaging.operation.name': name, 'messaging.operation.type': type };
}
