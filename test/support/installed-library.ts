import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { transformWithOxc } from 'vite';

const LIBRARY = 'libs/redis-streams';
/** What the library's entry for scripts needs, and no package of Nest. */
const INSTALLED = ['ioredis', 'rxjs', 'croner', 'commander'];

/**
 * The library as JavaScript, installed in a folder where no package of Nest is. Gone after the tests of the file.
 * @returns the folder
 */
export async function installWithoutNest(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'nrs-installed-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const modules = join(folder, 'node_modules');
  const installed = join(modules, 'nestjs-redis-streams');
  mkdirSync(installed, { recursive: true });
  for (const name of INSTALLED) symlinkSync(packageFolder(name), join(modules, name));
  cpSync(`${LIBRARY}/package.json`, join(installed, 'package.json'));
  cpSync(`${LIBRARY}/bin`, join(installed, 'bin'), { recursive: true });
  const sources = readdirSync(`${LIBRARY}/src`, { recursive: true, encoding: 'utf8' });
  for (const file of sources.filter((name) => /(?<!\.spec)\.ts$/.test(name))) {
    const { code } = await transformWithOxc(readFileSync(join(LIBRARY, 'src', file), 'utf8'), file, {
      tsconfig: false,
      decorator: { legacy: true },
    });
    const target = join(installed, 'dist', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  return folder;
}

/** Where npm has put it: beside the library, where others of the workspace need another version. */
function packageFolder(name: string): string {
  const own = join(process.cwd(), LIBRARY, 'node_modules', name);
  return existsSync(own) ? own : join(process.cwd(), 'node_modules', name);
}
