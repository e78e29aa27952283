import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * What the published package holds besides its source: `dist`, compiled anew, and a copy of the pages of docs/ that comments
 * mention. npm runs it before it packs or publishes the library; `postpack` takes the copy away again.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
const library = `${root}libs/redis-streams`;

rmSync(`${library}/dist`, { recursive: true, force: true });
execFileSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${library}/tsconfig.lib.json`], {
  stdio: 'inherit',
});
cpSync(`${root}docs`, `${library}/docs`, { recursive: true });
