import { parseChaosOptions, USAGE, UsageError } from './chaos-options.js';
import type { Report } from './report.js';
import { runChaos } from './run.js';

/** `npm run chaos`: see USAGE. */
async function main(): Promise<number> {
  const options = parseChaosOptions(process.argv.slice(2));
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const say = options.json ? () => undefined : (line: string) => console.error(line);
  const report = await runChaos(options, say);
  console.log(JSON.stringify(report.figures));
  tellBroken(report);
  return report.broken.length > 0 ? 1 : 0;
}

function tellBroken({ broken }: Report): void {
  for (const { promise, evidence } of broken) {
    console.error(`BROKEN: ${promise}`);
    for (const line of evidence) console.error(`  ${line}`);
  }
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
try {
  process.exit(await main());
} catch (error) {
  console.error(error instanceof UsageError ? `${error.message}\n\n${USAGE}` : error);
  process.exit(error instanceof UsageError ? 2 : 3);
}
