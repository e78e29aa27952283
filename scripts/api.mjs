import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

/**
 * Compares the types that users see with their report, for each entry of the package; with --local it writes the reports.
 * An entry is a line in the package's `exports`, and has a report of its own in libs/redis-streams/api.
 */
const LIBRARY = fileURLToPath(new URL('../libs/redis-streams', import.meta.url));
const CONFIG = join(LIBRARY, 'api-extractor.json');
const PACKAGE = join(LIBRARY, 'package.json');

/** @type {{ name: string, exports: Record<string, string | { types: string }> }} */
const { name, exports } = JSON.parse(readFileSync(PACKAGE, 'utf8'));
for (const [entry, target] of Object.entries(exports)) {
  if (typeof target === 'string') continue;
  const configObject = ExtractorConfig.loadFile(CONFIG);
  const config = ExtractorConfig.prepare({
    configObject: {
      ...configObject,
      mainEntryPointFilePath: join(LIBRARY, target.types),
      apiReport: {
        enabled: true,
        ...configObject.apiReport,
        reportFileName: entry.replace('.', name).replace('/', '.'),
      },
    },
    configObjectFullPath: CONFIG,
    packageJsonFullPath: PACKAGE,
  });
  const result = Extractor.invoke(config, {
    localBuild: process.argv.includes('--local'),
    printApiReportDiff: true,
    messageCallback: (message) => {
      // It says so for each report that is as it was.
      if (message.logLevel === ExtractorLogLevel.Verbose) message.handled = true;
    },
  });
  if (!result.succeeded) process.exitCode = 1;
}
