import { createStreamsClient } from 'nestjs-redis-streams/client';
import type { OperatorConfig } from './operator-process.js';

const { stream, purge, redrive, replay, options, connection } = JSON.parse(process.env.OPERATOR!) as OperatorConfig;

const { deadLetters, replays } = createStreamsClient({ connection });

function start() {
  if (redrive) return deadLetters.redrive(stream, redrive, options);
  if (replay) return replays.start(stream, replay, options);
  return deadLetters.purge(stream, purge!, options);
}

const started = await start();
process.send!(started.id);
// The channel to the test does not keep it alive.
await started.ended();
