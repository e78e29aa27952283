import { Command } from 'commander';
import type { Finding } from '../../../admin/doctor/finding.js';
import { acts } from '../../command.js';
import { EXIT } from '../../exit-code.js';
import { allStreams, assertThere } from '../../input/known-stream.js';
import type { Colour } from '../../output/output.js';
import { printable } from '../../output/printable.js';
import type { Session } from '../../session.js';

const COLOURS: Readonly<Record<Finding['status'], Colour>> = {
  pass: 'green',
  warn: 'yellow',
  fail: 'red',
  skip: 'dim',
};

/** What is wrong, or will be. */
export function doctorCommand(): Command {
  const command = new Command('doctor')
    .description(
      'what is wrong with Redis and the streams, or will be, and what to do about it; exits with 3 for a warning, 4 for a failure',
    )
    .argument('[streams...]', 'without any, all are examined: see stats')
    .option('--server-only', 'no streams');
  return acts<{ serverOnly?: boolean }>(command, async (session, { serverOnly }, ...names) => {
    const { doctor } = await session.streams();
    for (const stream of names) await assertThere(session, stream);
    const streams = names.length > 0 || serverOnly ? names : await allStreams(session);
    const found = await doctor.examine(streams);
    if (session.out.isJson) await session.out.object({ findings: found });
    else for (const finding of found) await tell(session, finding);
    if (found.some(({ status }) => status === 'fail')) return EXIT.critical;
    return found.some(({ status }) => status === 'warn') ? EXIT.warning : EXIT.done;
  });
}

async function tell({ out }: Session, { code, title, status, text, stream, remedy }: Finding): Promise<void> {
  const where = stream === undefined ? '' : `${stream}: `;
  const what = remedy === undefined ? text : `${text} → ${remedy}`;
  await out.text(
    `${out.paint(COLOURS[status], status.toUpperCase())}  ${code} ${title.padEnd(16)}  ${printable(where + what)}`,
  );
}
