import { createStreamsClient } from 'nestjs-redis-streams/client';
import { tellMain, watchOverProcess } from './child-side.js';
import type { OperatorConfig, ProducerMessage, Question } from './messages.js';
import { seededRandom } from './random.js';
import { Pauses } from './traffic/operated/pauses.js';
import { Redrives } from './traffic/operated/redrives.js';
import { Replays } from './traffic/operated/replays.js';
import { ARCHIVE, MAINTAINED, REPAIRS, type TrafficKind } from './traffic/kinds.js';

const config = JSON.parse(process.env.CHAOS_OPERATOR!) as OperatorConfig;
const tell = (message: ProducerMessage) => tellMain(message);
const isOn = (kind: TrafficKind) => config.kinds.includes(kind);

watchOverProcess();

const parts = {
  client: createStreamsClient({
    connection: config.connection,
    log: { debug() {}, log() {}, warn() {}, error() {} },
  }),
  random: seededRandom(config.seed),
  tell: (fact: Extract<ProducerMessage, { event: 'traffic' }>['fact']) => tell({ event: 'traffic', fact }),
};
const paused = [MAINTAINED, ...(isOn('letters') ? [REPAIRS] : []), ...(isOn('replays') ? [ARCHIVE] : [])];
const pauses = isOn('pauses') ? new Pauses(parts, paused) : undefined;
const others = [...(isOn('letters') ? [new Redrives(parts)] : []), ...(isOn('replays') ? [new Replays(parts)] : [])];

process.on('message', (question: Question) => {
  if (question === 'finish') void finish();
  if (question === 'conclude') void conclude();
});
tell({ event: 'ready' });

/** What is paused would keep the others from their ends. */
async function finish(): Promise<void> {
  await pauses?.finish();
  await Promise.all(others.map((one) => one.finish()));
  tell({ event: 'finished' });
}

async function conclude(): Promise<void> {
  await Promise.all(others.map((one) => one.conclude()));
  tell({ event: 'concluded' });
}
