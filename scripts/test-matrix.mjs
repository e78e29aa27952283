import { execFile, spawn } from 'node:child_process';
import { access, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { format, resolveConfig } from 'prettier';

/**
 * Runs the unit and contract suites against several servers, and against one of them on several Node versions, prints a
 * table, and keeps it in docs/compatibility.md (--write).
 *
 *   npm run test:matrix -- [--only redis-6.0,redis-7.0] [--suites libs,test/broker] [--node 22,24] [--write]
 *
 * Servers: the paths in REDIS_SERVERS (separated by commas), else ~/.cache/redis-matrix/<label>/redis-server. One that cannot
 * be run is told and passed over; a failing test makes the exit code 1.
 */
const run = promisify(execFile);
const DOCUMENT = 'docs/compatibility.md';
const SUITES = 'libs,test/broker,test/contract';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    suites: { type: 'string', default: SUITES },
    node: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});
const only = values.only?.split(',');
const suites = (values.suites ?? SUITES).split(',');

/** @typedef {{ label: string, path: string, version: string }} Server */
/** @typedef {{ server: string, node: string, passed: number, failed: number, skipped: number, seconds: number, failures: string[] }} Row */

const servers = await findServers();
if (servers.length === 0) {
  console.error('No server to test against: name some in REDIS_SERVERS, as /path/to/redis-server,/path/to/another.');
  process.exit(2);
}
/** @type {Row[]} */
const rows = [];
for (const server of servers) rows.push(await testOn(server, undefined));
// Redis before its kin, and the oldest of them.
const forNodes = servers.find(({ version }) => version.startsWith('Redis')) ?? servers[0];
for (const node of (values.node ?? '').split(',').filter(Boolean))
  rows.push(await testOn(/** @type {Server} */ (forNodes), node));

// Last, where whoever reads a cut-off log still finds it.
for (const { server, failures } of rows)
  for (const failure of failures) console.log(`\nfailed on ${server}: ${failure}`);
console.log(asTable(rows));
if (values.write) {
  const before = await readFile(DOCUMENT, 'utf8');
  const after = before.replace(/(?<=<!-- table -->\n\n)[^]*?(?=\n<!-- end -->)/, asTable(rows));
  await writeFile(DOCUMENT, await format(after, { ...(await resolveConfig(DOCUMENT)), filepath: DOCUMENT }));
}
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
const passed = rows.reduce((sum, row) => sum + row.passed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);

/** @returns {Promise<Server[]>} */
async function findServers() {
  const named = process.env.REDIS_SERVERS?.split(',').filter(Boolean);
  const folder = join(homedir(), '.cache', 'redis-matrix');
  const labels = named ? [] : await readdir(folder).catch(() => []);
  const paths = named ?? labels.map((label) => join(folder, label, 'redis-server'));
  const found = [];
  for (const path of paths.toSorted()) {
    const label = basename(dirname(path));
    if (only && !only.includes(label)) continue;
    try {
      await access(path);
      const { stdout } = await run(path, ['--version']);
      const [, product = '', version = ''] = /^(\w+) server v=(\S+)/i.exec(stdout) ?? [];
      found.push({ label, path, version: `${product} ${version}` });
    } catch (error) {
      console.error(
        `${label}: cannot be run here, passed over (${/** @type {Error} */ (error).message.split('\n')[0]})`,
      );
    }
  }
  for (const label of only ?? []) {
    if (!found.some((server) => server.label === label)) console.error(`${label}: not here, passed over`);
  }
  return found;
}

/**
 * @param {Server} server
 * @param {string | undefined} node a major version, run through the npm package `node`
 * @returns {Promise<Row>}
 */
async function testOn(server, node) {
  const started = performance.now();
  const folder = await mkdtemp(join(tmpdir(), 'nrs-matrix-'));
  const output = join(folder, 'results.json');
  const vitest = [
    'node_modules/vitest/vitest.mjs',
    'run',
    ...suites,
    '--silent=passed-only',
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${output}`,
  ];
  const command = node ? 'npx' : process.execPath;
  const args = node ? ['-y', `node@${node}`, ...vitest] : vitest;
  console.log(`\n== ${server.version}, Node ${node ?? process.versions.node}`);
  const { REDIS_URL: _, ...env } = process.env;
  const child = spawn(command, args, {
    stdio: 'inherit',
    env: { ...env, REDIS_SERVER: server.path, NO_COLOR: '1' },
  });
  await new Promise((resolve) => child.once('exit', resolve));
  const results = JSON.parse(await readFile(output, 'utf8').catch(() => '{"numFailedTests":1}'));
  await rm(folder, { recursive: true, force: true });
  return {
    server: server.version,
    node: node ?? /** @type {string} */ (process.versions.node.split('.')[0]),
    passed: results.numPassedTests ?? 0,
    failed: Math.max(results.numFailedTests ?? 0, results.success === false ? 1 : 0),
    skipped: (results.numPendingTests ?? 0) + (results.numTodoTests ?? 0),
    seconds: Math.round((performance.now() - started) / 1000),
    failures: failuresOf(results),
  };
}

/**
 * A file that cannot be loaded fails as a whole, a test with its own messages.
 * @param {{ testResults?: { name: string, message: string, assertionResults: { status: string, fullName: string, failureMessages: string[] }[] }[] }} results
 * @returns {string[]}
 */
function failuresOf({ testResults = [] }) {
  return testResults.flatMap(({ name, message, assertionResults }) => [
    ...(message ? [`${relative('.', name)}\n${message}`] : []),
    ...assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${relative('.', name)}: ${fullName}\n${failureMessages.join('\n')}`),
  ]);
}

/** @param {Row[]} results */
function asTable(results) {
  const lines = results.map(
    (row) => `| ${row.server} | ${row.node} | ${row.passed} | ${row.failed} | ${row.skipped} | ${row.seconds} |`,
  );
  return ['| server | Node | passed | failed | skipped | seconds |', '|---|---|---|---|---|---|', ...lines, ''].join(
    '\n',
  );
}
