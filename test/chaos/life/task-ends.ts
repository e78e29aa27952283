import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { RedisStreamsModule, StreamTasks, type TaskInfo } from 'nestjs-redis-streams';
import type { TopologyConnection } from '../topology.js';

const AT_ONCE = 500;

/** What `StreamTasks.get` says of tasks, by id. */
export type TaskEnds = ReadonlyMap<string, TaskInfo>;

/** Asks about all tasks of some streams. */
export async function readTaskEnds(
  connection: TopologyConnection,
  tasks: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, TaskEnds>> {
  @Module({ imports: [RedisStreamsModule.forRoot({ connection, consume: false })] })
  class AskingModule {}
  const app = await NestFactory.createApplicationContext(AskingModule, { logger: false });
  const asked = app.get(StreamTasks);
  const all = new Map<string, TaskEnds>();
  for (const [stream, ids] of tasks) {
    const ends = new Map<string, TaskInfo>();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const infos = await Promise.all(ids.slice(at, at + AT_ONCE).map((id) => asked.get(stream, id)));
      for (const info of infos) ends.set(info.id, info);
    }
    all.set(stream, ends);
  }
  await app.close();
  return all;
}
