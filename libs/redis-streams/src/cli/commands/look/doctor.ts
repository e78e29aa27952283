import { Command } from 'commander';
import type { Finding } from '../../../admin/doctor/finding.js';
import { acts } from '../../command.js';
import { EXIT } from '../../exit-code.js';
import { allStreams, assertThere } from '../../input/known-stream.js';
import { commandWords } from '../../output/command-words.js';
import type { Colour } from '../../output/output.js';
import { printable } from '../../output/printable.js';
import type { Session } from '../../session.js';

const COLOURS: Readonly<Record<Finding['status'], Colour>> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'dim',
};

interface DoctorOptions {
  readonly serverOnly?: boolean;
  readonly problems?: boolean;
}

/** What is wrong, or will be. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'what is wrong with Redis and the streams, or will be, and what to do about it; exits with 3 for a warning, 4 for a failure',
    )
    .argument('[streams...]', 'without any, all are examined: see stats')
    .option('--server-only', 'no streams')
    .option('--problems', 'tell only what is no PASS and no SKIP');
  return acts<DoctorOptions>(command, async (session, { serverOnly, problems }, ...names) => {
    const found = await examine(session, names, serverOnly);
    const told = problems ? found.filter(({ status }) => status === 'warn' || status === 'fail') : found;
    if (session.out.isJson) await session.out.object({ findings: told });
    else for (const finding of told) await tell(session, finding);
    if (told.length === 0) session.out.say(`No problems: ${found.length} checks.`);
    if (found.some(({ status }) => status === 'fail')) return EXIT.critical;
    return found.some(({ status }) => status === 'warn') ? EXIT.warning : EXIT.done;
  });
}

async function examine(session: Session, names: readonly string[], serverOnly = false): Promise<Finding[]> {
  const { doctor } = await session.streams();
  const { found, aheadMs } = await doctor.examineServers();
  // Where Redis is away, no stream is to be found.
  if (aheadMs === undefined) return found;
  for (const stream of names) await assertThere(session, stream);
  const streams = names.length > 0 || serverOnly ? names : await allStreams(session);
  return [...found, ...(await doctor.examineStreams(streams, aheadMs))];
}

async function tell({ out }: Session, { code, title, status, text, stream, server, remedy }: Finding): Promise<void> {
  const about = stream ?? server;
  const where = about === undefined ? '' : `${about}: `;
  const words = commandWords(text);
  const what = remedy === undefined ? words : `${words} → ${remedy}`;
  await out.text(
    `${out.paint(COLOURS[status], status.toUpperCase())}  ${code} ${title.padEnd(16)}  ${printable(where + what)}`,
  );
}
