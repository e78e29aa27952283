import { createStreamsClient } from 'nestjs-redis-streams/client';
import type { OperatorConfig } from './operator-process.js';

const { stream, purge, redrive, options, connection } = JSON.parse(process.env.OPERATOR!) as OperatorConfig;

const { deadLetters } = createStreamsClient({ connection });
const started = redrive
  ? await deadLetters.redrive(stream, redrive, options)
  : await deadLetters.purge(stream, purge!, options);
process.send!(started.id);
// The channel to the test does not keep it alive.
await started.ended();
