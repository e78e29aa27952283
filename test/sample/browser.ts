import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** Where the tests' browser is; undefined where the page cannot be tested. */
export const BROWSER = findBrowser();
if (!BROWSER) console.warn(`The page is not tested: none of ${PROGRAMS.join(', ')} is on PATH.`);

export interface OpenPage {
  readonly page: Page;
  /** Errors that the page threw or logged. */
  readonly problems: string[];
}

export interface Looks {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
}

/** Opens a page in a browser of its own, closed with the test. */
export async function open(url: string, { width = 1440, colorScheme = 'light' }: Looks = {}): Promise<OpenPage> {
  const profile = await mkdtemp(join(tmpdir(), 'sample-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: BROWSER,
    headless: true,
    viewport: { width, height: width < 500 ? 812 : 900 },
    colorScheme,
    reducedMotion: 'reduce',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-quic',
    ],
  });
  onTestFinished(async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.goto(url);
  return { page, problems };
}

function findBrowser(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin'];
  const paths = PROGRAMS.flatMap((program) => folders.map((folder) => join(folder, program)));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
